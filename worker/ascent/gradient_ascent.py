"""The loop: gradient ascent on a batch of pictures, one objective each. Written once for every analysis."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from shared.errors import NotFinite
from worker.ascent.compiled import Ascent
from worker.ascent.parameterizations import SeedRow
from worker.ascent.relu_redirect import REDIRECTED_STEPS
from worker.ascent.transforms import draws_at

# Where pictures are moved in every step, a step's objective is partly luck: pictures are judged unmoved at these
# shares of the way, and the best of them is kept.
JUDGED_AT = (0.75, 0.875, 1.0)


@dataclass(frozen=True)
class Height:
    """How far the ascent of a batch is.

    Attributes:
        step: steps done.
        pictures: float32 (batch, height, width, channel), as optimized: now, or, at the end, the best seen.
        objective: float32 (batch,), of these pictures; at the end without any transform.
        curve: float32 (batch, columns): the objective at the start and before each further step, with transforms,
            as it was maximised; the last one of an ascent has step + 1 columns, and ends with `objective`.
        reports: name to float32 (batch, columns), what else the objective tells, on the same columns.
        snapshots: (step, pictures) along the way, float32, as many as were asked for; at the end only.
        done: whether this is the end.
    """

    step: int
    pictures: Any
    objective: np.ndarray
    curve: np.ndarray
    reports: Mapping[str, np.ndarray] = field(default_factory=dict)
    snapshots: Sequence[tuple[int, np.ndarray]] = ()
    done: bool = False


def optimize(
    ascent: Ascent,
    numbers: Mapping[str, Any],
    rows: Sequence[SeedRow],
    steps: int,
    step_size: float,
    pictures: np.ndarray | None = None,
    history: int = 0,
) -> Generator[Height, None, None]:
    """Gradient ascent on a batch; each picture's best is kept.

    Args:
        ascent: from compile_ascent().
        numbers: name to an array with an entry a picture: what the objective asks for, such as channel.
        rows: one a picture: the run's seed, the channel (or class), the number of the start. A picture depends
            on its row, its numbers and nothing else of the batch, unless the objective compares pictures.
        steps: how many; none yields the start alone.
        step_size: in the optimizer's units, see shared.analyses.ascent_modes.
        pictures: float32 (batch, height, width, channel) in [0, 1] to start from; none means the mode's own start.
        history: how many snapshots to keep along the way, the start and the end among them.

    Yields:
        After every step, how far the batch is.

    Raises:
        NotFinite: an objective is NaN or infinite.
    """
    way = _Way(ascent, ascent.numbers(numbers), list(rows), steps, step_size, _snapshot_steps(steps, history))
    way.begin(pictures)
    for done in range(steps):
        way.go_up(done)
        if done + 1 < steps:
            yield Height(done + 1, way.pictures(), way.curve[:, done], way.curve[:, : done + 1])
    yield way.end()


@dataclass
class _Way:
    """An ascent under way: what one step leaves to the next."""

    ascent: Ascent
    numbers: Mapping[str, Any]
    rows: list[SeedRow]
    steps: int
    step_size: float
    wanted: frozenset[int]

    def begin(self, pictures: np.ndarray | None) -> None:
        """Take the start."""
        way = self.ascent.mode.parameterization
        start = np.stack([way.start(row) for row in self.rows]) if pictures is None else way.invert(pictures)
        self.variables = self.best = tf.constant(start, tf.float32)
        self.state = self.ascent.mode.optimizer.begin(self.variables)
        self.height = np.full(len(self.rows), -np.inf, np.float32)
        self.curve = np.zeros((len(self.rows), self.steps + 1), np.float32)
        self.reports: dict[str, np.ndarray] = {n: self.curve.copy() for n in self.ascent.objective.reports}
        self.snapshots: list[tuple[int, np.ndarray]] = []
        self.moved = self.ascent.mode.transform.draws > 0
        self.judged_at = {round(share * self.steps) for share in JUDGED_AT}

    def go_up(self, done: int) -> None:
        """Step number done + 1."""
        if done in self.wanted:
            self.snapshots.append((done, np.asarray(self.pictures())))
        if self.moved and done in self.judged_at:
            self._keep(self.variables, self._finite(self.ascent.evaluate(self.variables, self.numbers)[0]))
        draws = tf.constant(draws_at(done, self.rows, self.ascent.mode.transform.draws))
        given = self.variables, self.state, self.numbers, draws, np.float32(done + 1), np.float32(self.step_size)
        after, state, value, reports, blocked = self.ascent.step(*given)
        self._note(done, value, reports)
        if self.ascent.mode.redirect and done < REDIRECTED_STEPS and np.asarray(blocked).any():
            after, state, *_ = self.ascent.helped_step(*given, blocked)
        if not self.moved:
            self._keep(self.variables, self.curve[:, done])
        self.variables, self.state = after, state

    def end(self) -> Height:
        """Judge the last picture and give the best."""
        value, reports = self.ascent.evaluate(self.variables, self.numbers)
        self._note(self.steps, value, reports)
        self._keep(self.variables, self.curve[:, self.steps])
        self.curve[:, self.steps] = self.height
        pictures = self.ascent.mode.parameterization.pictures(self.best)
        # A ReLU answers NaN with zero, so the objective alone does not tell.
        self._finite(tf.reduce_sum(pictures, axis=(1, 2, 3)))
        if self.steps in self.wanted:
            self.snapshots.append((self.steps, np.asarray(pictures)))
        return Height(self.steps, pictures, self.height, self.curve, self.reports, self.snapshots, True)

    def pictures(self) -> Any:
        """What the variables show now."""
        return self.ascent.mode.parameterization.pictures(self.variables)

    def _note(self, column: int, value: Any, reports: Mapping[str, Any]) -> None:
        self.curve[:, column] = self._finite(value)
        for name, report in reports.items():
            self.reports[name][:, column] = np.asarray(report)

    def _keep(self, variables: Any, values: np.ndarray) -> None:
        """Remember those pictures that stand higher than any before."""
        better = values > self.height
        self.height = np.where(better, values, self.height)
        if better.all():
            self.best = variables
        elif better.any():
            shape = [-1] + [1] * (len(variables.shape) - 1)
            self.best = tf.where(tf.reshape(tf.constant(better), shape), variables, self.best)

    def _finite(self, values: Any) -> np.ndarray:
        numbers = np.asarray(values, np.float32)
        if not np.isfinite(numbers).all():
            broken = list(dict.fromkeys(str(row[1]) for row in np.asarray(self.rows)[~np.isfinite(numbers)]))
            raise NotFinite(
                f"Expected finite activations. Received NaN or infinity in channel {', '.join(broken[:10])}. "
                "The weights hold NaN, or overflow this precision: try float32, or check the model."
            )
        return numbers


def best_of(height: Height, groups: Sequence[int]) -> list[int]:
    """The highest picture of each group: best of N starts.

    Args:
        height: the end of an ascent.
        groups: a number a picture; pictures of equal number are starts for the same thing.

    Returns:
        Places in the batch, one a group, in the order in which groups first appear.
    """
    best: dict[int, int] = {}
    for place, group in enumerate(groups):
        if group not in best or height.objective[place] > height.objective[best[group]]:
            best[group] = place
    return list(best.values())


def _snapshot_steps(steps: int, history: int) -> frozenset[int]:
    """Steps at which a picture is kept: evenly spaced in the square root, for most happens early."""
    if history <= 0:
        return frozenset()
    shares = np.linspace(0.0, 1.0, max(2, history)) ** 2
    return frozenset(round(share * steps) for share in shares)
