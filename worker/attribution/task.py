"""What a method that runs the network itself is given, and what it gives back."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.results import Progress
from worker.attribution.batches import batches, bytes_a_picture
from worker.attribution.passes import CompiledPasses, ForwardResult, Weights

# Reports on the way, the maps in the end.
MapSteps = Generator[Progress, None, np.ndarray]


@dataclass(frozen=True)
class ExplainTask:
    """One picture to explain.

    Attributes:
        passes: through the network.
        picture: float32 (height, width, channel) in [0, 1].
        result: its forward pass.
        classes: numbers of the classes to explain.
        weights: lent to the network; () leaves its own.
        device_memory: bytes of the card; 0 for the processor.
        stage: what is being done, for the progress bar.
    """

    passes: CompiledPasses
    picture: np.ndarray
    result: ForwardResult
    classes: tuple[int, ...]
    weights: Weights = ()
    device_memory: int = 0
    stage: str = ""

    def in_batches(self, total: int) -> Iterator[slice]:
        """Slices of `total` pictures of this one's size."""
        return batches(total, bytes_a_picture(self.passes.explained.layers), self.device_memory)

    def progress(self, what: str, done: int, total: int) -> Progress:
        """How far a method is."""
        return Progress(f"{self.stage}: {what} {done} of {total}" if self.stage else f"{what} {done} of {total}")

    def outputs_of(
        self, total: int, inputs: Callable[[slice], Any], what: str
    ) -> Generator[Progress, None, tuple[np.ndarray, np.ndarray]]:
        """Logits and probabilities, float32 (picture, output), of pictures that are made batch by batch.

        Args:
            total: how many.
            inputs: a slice of 0 … total to its pictures as the network takes them.
            what: they are called in the progress bar.
        """
        rows = []
        for part in self.in_batches(total):
            rows.append(self.passes.outputs(inputs(part), self.weights))
            yield self.progress(what, part.stop, total)
        return np.concatenate([r[0] for r in rows]), np.concatenate([r[1] for r in rows])

    def mean_slopes(
        self, shares: Sequence[float], pictures: Callable[[slice], Any], what: str
    ) -> Generator[Progress, None, np.ndarray]:
        """Σ_n share_n ∂logit/∂picture_n for each class, float32 (class, height, width, channel).

        Args:
            shares: a weight a picture.
            pictures: a slice to its pictures in [0, 1].
            what: they are called in the progress bar.
        """
        total = np.zeros((len(self.classes), *self.picture.shape), np.float32)
        for part in self.in_batches(len(shares)):
            total += np.asarray(self.passes.slopes(pictures(part), self.classes, shares[part], self.weights)[1])
            yield self.progress(what, part.stop, len(shares))
        return total
