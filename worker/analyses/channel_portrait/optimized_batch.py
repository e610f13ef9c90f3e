"""One batch of a portrait on its way up: what is kept of it, and what a layer says of finished pictures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import tensorflow as tf

from shared.analyses.ascent_modes import AscentSpec
from shared.errors import DoesNotFit
from shared.results import Progress
from worker.analyses.background import yielding
from worker.ascent.compiled import Ascent
from worker.ascent.gradient_ascent import Height, optimize
from worker.ascent.modes import Mode
from worker.ascent.objectives import Objective
from worker.ascent.parameterizations import GREY, SeedRow, clip
from worker.ascent.watching import watch
from worker.networks.models import LoadedModel
from worker.networks.preprocessing import preprocess, to_uint8
from worker.pictures.drawn_pictures import drawable, small_frames


@dataclass(frozen=True)
class Frames:
    """How many frames a history has at most, and how long their sides are, in pixels."""

    count: int
    side: int

    def steps(self, steps: int) -> frozenset[int]:
        """Steps of which a frame is kept; closer together at the start, where most happens."""
        return frozenset(round(float(share) * steps) for share in np.linspace(0.0, 1.0, self.count) ** 2)


def optimize_steps(
    ascent: Ascent, numbers: Mapping[str, Any], rows: Sequence[SeedRow], spec: AscentSpec, photograph: np.ndarray | None
) -> Iterator[Progress | Height]:
    """Gradient ascent that says how far it is before every step, and during steps that take long.

    Args:
        ascent, numbers, rows: as for gradient_ascent.optimize().
        spec: with steps and step size.
        photograph: float32 (height, width, channel) that all start from; None means the mode's own start.

    Raises:
        NotFinite: see gradient_ascent.optimize().
        DoesNotFit: the batch is too large for the memory.
    """
    pictures = None if photograph is None else np.stack([photograph] * len(rows))
    way = optimize(ascent, numbers, rows, spec.steps, spec.step_size, pictures)
    done, end = 0, False
    while not end:
        note = Progress(f"step {min(done + 1, spec.steps)} of {spec.steps}", fraction=done / spec.steps)
        try:
            at = yield from yielding(lambda: next(way), note)
        except (tf.errors.ResourceExhaustedError, MemoryError) as error:
            raise DoesNotFit(
                f"Expected {len(rows)} pictures of this size to fit the memory at once. They do not. Choose a smaller "
                "size, or fewer tries and facets."
            ) from error
        yield at
        done, end = at.step, at.done


@dataclass
class OptimizedBatch:
    """What is kept of a batch.

    Attributes:
        mode: of the gradient ascent.
        frames: of its history.
        photograph: whether it began with a photograph; its pictures are then shown as they are.
        pictures: float32 (batch, height, width, channel), the start, and in the end the best ones.
        curve: float32 (batch, step + 1), see gradient_ascent.Height.
        reports: name to float32 (batch, step + 1).
    """

    mode: Mode
    frames: Frames
    photograph: bool
    pictures: np.ndarray
    curve: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    reports: Mapping[str, np.ndarray] = field(default_factory=dict)
    kept: list[list[np.ndarray]] = field(default_factory=list)

    @classmethod
    def begin(cls, mode: Mode, frames: Frames, rows: Sequence[SeedRow], photograph: np.ndarray | None) -> Self:
        """Before the first step."""
        way = mode.parameterization
        if photograph is None:
            start = np.asarray(way.pictures(tf.constant(np.stack([way.start(row) for row in rows]), tf.float32)))
        else:
            start = np.stack([photograph] * len(rows))
        begun = cls(mode, frames, photograph is not None, start, kept=[[] for _ in rows])
        begun._keep(start)
        return begun

    def saw(self, at: Height, steps: int) -> None:
        """Note how far the gradient ascent is."""
        if at.done:
            self.pictures, self.curve, self.reports = np.asarray(at.pictures), at.curve, at.reports
        if at.done or at.step in self.frames.steps(steps):
            self._keep(np.asarray(at.pictures))

    def _keep(self, pictures: np.ndarray) -> None:
        for row, picture in zip(self.kept, pictures, strict=True):
            row.append(small_frames([self.shown(picture)], self.frames.side)[0])

    def history(self, place: int) -> np.ndarray:
        """Frames of one picture, uint8 (frame, side, side, channel), or (frame, side, side) of one channel."""
        return np.stack(self.kept[place])

    def draw(self, picture: Any) -> np.ndarray:
        """uint8 of one picture of the batch as it is shown."""
        return to_uint8(drawable(self.shown(np.asarray(picture))))

    def shown(self, picture: np.ndarray) -> np.ndarray:
        """One picture of the batch as it is shown, float32 (height, width, channel) in [0, 1]."""
        return clip(picture) if self.photograph else self.mode.parameterization.shown(picture)

    def flat(self) -> np.ndarray:
        """uint8 grey, in place of a picture that was not optimized: a start's clouds are not the network's."""
        return to_uint8(drawable(np.full(self.pictures.shape[1:], GREY, np.float32)))


def responses(model: LoadedModel, objective: Objective, pictures: np.ndarray, numbers: Mapping[str, Any]) -> np.ndarray:
    """An objective of finished pictures, unmoved.

    Args:
        model: any.
        objective: of the model.
        pictures: float32 (batch, height, width, channel) in [0, 1].
        numbers: what the objective asks for, an entry a picture.

    Returns:
        float32 (batch,).
    """
    given = {name: tf.constant(numbers[name], spec.dtype) for name, spec in objective.numbers.items()}
    ready = preprocess(tf.constant(pictures, tf.float32), model.preprocess)
    seen = watch(model.network, objective.whole, objective.chosen, ready, given)
    return np.asarray(objective.value(seen), np.float32)
