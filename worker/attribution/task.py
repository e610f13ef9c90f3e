"""What a method that runs the network itself is given, and what it gives back."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.results import Progress
from worker.attribution.passes import CompiledPasses, ForwardResult, Weights
from worker.networks.layer_trace import TracedLayer

# Reports on the way, the maps in the end.
MapSteps = Generator[Progress, None, np.ndarray]
# What one batch may take of a processor's memory; of a card's, the share that the caller names.
CPU_MEMORY = 1024**3
CARD_SHARE = 0.4
# The analysis reports while a batch runs (worker.analyses.background), so this only bounds what a cancel wastes;
# below eight a processor loses a tenth of its pace.
TARGET_SECONDS, LEAST, LARGEST = 1.5, 8, 64


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


def bytes_a_picture(layers: dict[str, TracedLayer]) -> int:
    """Activations of one picture and as much again for gradients, roughly."""
    return 8 * sum(_units(t) for t in layers.values()) or 1


def _units(traced: TracedLayer) -> int:
    count = 1
    for side in traced.shape:
        count *= int(side or 1)
    return count


def batches(total: int, picture_bytes: int, device_memory: int = 0) -> Iterator[slice]:
    """Slices of 0 … total, sized by what the last one took; a batch is a power of two, for each size costs a set-up.

    Args:
        total: how many pictures.
        picture_bytes: see bytes_a_picture().
        device_memory: of the card; 0 for the processor.
    """
    room = int(device_memory * CARD_SHARE) if device_memory else CPU_MEMORY
    most = max(1, min(LARGEST, room // picture_bytes))
    size, done = min(LEAST, most), 0
    while done < total:
        stop = min(total, done + size)
        begun = time.perf_counter()
        yield slice(done, stop)
        seconds = max(time.perf_counter() - begun, 1e-6) / (stop - done)
        done, size = stop, min(most, max(LEAST, _power_of_two(TARGET_SECONDS / seconds)))


def _power_of_two(number: float) -> int:
    return 1 << max(0, int(max(1.0, number)).bit_length() - 1)
