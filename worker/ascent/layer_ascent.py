"""Maximise many channels of one layer: all at a first look, then each to its end, in batches that fit; silent ones
again from another start.
"""

import logging
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import numpy as np
import tensorflow as tf

from shared.analyses.ascent_modes import AscentSpec
from shared.analyses.typed_parts import TileFacts
from shared.errors import DoesNotFit
from shared.results import Progress
from worker.ascent.compiled import Ascent
from worker.ascent.gradient_ascent import Height, optimize
from worker.ascent.parameterizations import GREY

log = logging.getLogger(__name__)

# A response of no more than this is none, as far as float32 can tell: some of MobileNetV2's first filters have weights
# around 1e-20, and no optimizer moves a picture along their gradient.
NOTHING = 1e-12
# On a processor a batch gains until its activations leave the caches: at VGG16 block3_conv1, 128 px, bfloat16,
# 8.6, 5.4, 5.7 and 6.3 ms a step and channel with 1, 4, 8 and 16 channels. Smaller ones also show tiles sooner.
CPU_WORKING_SET = 320 * 1024**2
CPU_BATCHES = (4, 16)
MAX_BATCH = 256
# A first look takes a twelfth of an ascent's steps, and at most three, twice as long. Of 64 channels of VGG16
# block3_conv1, 128 px, lucid, 92, 94 and 95 % excite their own channel most after 2, 3 and 4 such steps. Fewer than two
# show nothing yet.
LOOK_SHARE, LOOK_STEPS, LOOK_LEAST = 12, 3, 2
LOOK_STEP_TIMES = 2.0
# Share of a card's memory that one batch's activations may take; the rest is weights and workspace.
BATCH_SHARE = 0.5


def is_silent(curve: np.ndarray) -> bool:
    """Whether a channel's objective, float32 (step + 1), neither rose nor is above zero, or is nothing all the way."""
    return not (curve[-1] > 0 or curve[-1] > curve[0]) or float(np.abs(curve).max()) < NOTHING


@dataclass(frozen=True)
class OptimizedTile:
    """What came of one channel.

    Attributes:
        index: of its part.
        channel: its number in the layer.
        starts: how many were tried.
        picture: float32 (height, width, channel) in [0, 1], as it is shown; flat grey where the channel is dead.
        curve: float32 (step + 1), the objective at the start and after each step.
        dead: whether it never responded.
    """

    index: int
    channel: int
    starts: int
    picture: np.ndarray
    curve: np.ndarray
    dead: bool

    def facts(self) -> TileFacts:
        """What a part says of it."""
        facts: TileFacts = {
            "channel": self.channel,
            "objective": float(self.curve[-1]),
            "objective_start": float(self.curve[0]),
            "dead": self.dead,
            "starts": self.starts,
        }
        if self.dead:
            facts["reason"] = f"dead on {self.starts} start{'s' * (self.starts > 1)}"
        return facts


@dataclass(frozen=True)
class _Attempt:
    index: int
    channel: int
    start: int = 0


@dataclass
class LayerAscent:
    """Gradient ascent on a layer's channels.

    Attributes:
        ascent: of the channel objective, from compile_ascent().
        spec: seed, steps, step size.
        total: channels of the whole result, done ones among them.
        restarts: further starts for a silent channel.
        photograph: float32 (size, size, channel) to start from; None means the mode's own start.
        device_memory: bytes a batch may take; 0 for the processor.
    """

    ascent: Ascent
    spec: AscentSpec
    total: int
    restarts: int = 3
    photograph: np.ndarray | None = None
    device_memory: int = 0
    done: int = 0
    _looked: int = 0

    def first_look(self, channels: Iterable[tuple[int, int]]) -> Iterator[OptimizedTile | Progress]:
        """All of (index, channel) after a few long steps, so that a whole layer is seen before any of it is done.

        It is an ascent of its own, and what optimize_all() makes does not depend on it. Channels that stay silent are
        left out, and all where the steps asked for are few or the device's memory is short.

        Raises:
            NotFinite: as optimize().
        """
        todo, steps = list(channels), look_steps(self.spec.steps)
        batch = channel_batch(self.ascent.bytes_per_picture, self.device_memory)
        self._looked = steps * len(todo)
        for start in range(0, len(todo) if steps else 0, batch):
            chosen = [_Attempt(index, number) for index, number in todo[start : start + batch]]
            try:
                yield from self._look_at(chosen, steps, start)
            except (tf.errors.ResourceExhaustedError, MemoryError):
                log.warning("out of memory: no first look", extra={"batch": batch})
                return

    def _look_at(self, chosen: list[_Attempt], steps: int, before: int) -> Iterator[OptimizedTile | Progress]:
        # Left a step before its end, where pictures are judged once more: a fifth of the look's time.
        with closing(self._ascend(chosen, steps + 1, self.spec.step_size * LOOK_STEP_TIMES)) as way:
            for at in islice(way, steps):
                share = (before * steps + len(chosen) * at.step) / self._work
                yield Progress(f"first look at channels {_range(chosen)}", fraction=share)
        for one, picture, values in zip(chosen, np.asarray(at.pictures), at.curve, strict=True):
            if not is_silent(values):
                yield self._tile(one, picture, values, dead=False)

    @property
    def _work(self) -> int:
        """Steps of all channels, the first look's among them."""
        return self.total * self.spec.steps + self._looked

    def _ascend(self, chosen: list[_Attempt], steps: int, step_size: float) -> Generator[Height, None, None]:
        rows = [(self.spec.seed, c.channel, c.start) for c in chosen]
        starts = None if self.photograph is None else np.stack([self.photograph] * len(chosen))
        return optimize(self.ascent, {"channel": [c.channel for c in chosen]}, rows, steps, step_size, starts)

    def optimize_all(self, channels: Iterable[tuple[int, int]]) -> Iterator[OptimizedTile | Progress]:
        """Work off (index, channel) in batches; a silent one goes to the queue's end with its next start.

        Raises:
            DoesNotFit: one channel alone is too large for the device.
            NotFinite: as optimize().
        """
        todo = deque(_Attempt(index, number) for index, number in channels)
        self.done = before = self.total - len(todo)
        batch, begun = channel_batch(self.ascent.bytes_per_picture, self.device_memory), time.perf_counter()
        while todo:
            chosen = [todo.popleft() for _ in range(min(batch, len(todo)))]
            try:
                for item in self._optimize_batch(chosen):
                    if isinstance(item, _Attempt):
                        todo.append(item)
                    else:
                        self.done += isinstance(item, OptimizedTile)
                        yield item
            except (tf.errors.ResourceExhaustedError, MemoryError) as error:
                # Nothing of this batch was yielded yet: channels come after its last step.
                batch = _halved(batch, error)
                todo.extendleft(reversed(chosen))
            pace = (time.perf_counter() - begun) / max(1, self.done - before)
            metrics = {"batch": batch, "seconds_per_channel": round(pace, 4)}
            yield Progress(f"{self.done} of {self.total} channels", facts={"metrics": metrics})

    def _optimize_batch(self, chosen: list[_Attempt]) -> Iterator[OptimizedTile | Progress | _Attempt]:
        spec = self.spec
        for at in self._ascend(chosen, spec.steps, spec.step_size):
            share = (self._looked + self.done * spec.steps + len(chosen) * at.step) / self._work
            yield Progress(f"channels {_range(chosen)}, step {at.step} of {spec.steps}", fraction=share)
        for one, picture, values in zip(chosen, np.asarray(at.pictures), at.curve, strict=True):
            silent = is_silent(values)
            if silent and one.start < self.restarts and self.photograph is None:
                yield _Attempt(one.index, one.channel, one.start + 1)
            else:
                yield self._tile(one, picture, values, silent)

    def _tile(self, one: _Attempt, picture: np.ndarray, curve: np.ndarray, dead: bool) -> OptimizedTile:
        if self.photograph is not None:
            shown = picture
        elif dead:
            shown = np.full_like(picture, GREY)  # nothing was maximised: the start's blobs are not the network's
        else:
            shown = self.ascent.mode.parameterization.shown(picture)
        return OptimizedTile(one.index, one.channel, one.start + 1, shown, curve, bool(dead))


def look_steps(steps: int) -> int:
    """Steps of a first look at an ascent of so many; 0 where it would be as long as the ascent, or show nothing."""
    few = min(LOOK_STEPS, steps // LOOK_SHARE)
    return few if few >= LOOK_LEAST else 0


def _range(chosen: list[_Attempt]) -> str:
    return f"{chosen[0].channel}–{chosen[-1].channel}"


def _halved(batch: int, error: Exception) -> int:
    if batch == 1:
        raise DoesNotFit(
            "Expected one channel at this size to fit the device's memory. It does not. Choose a smaller size."
        ) from error
    log.warning("out of memory: halving the batch", extra={"batch": batch})
    return batch // 2


def channel_batch(bytes_per_picture: int, memory: int) -> int:
    """How many channels to optimize at once.

    Args:
        bytes_per_picture: activations and gradients of one picture.
        memory: bytes of the device; 0 for the processor.

    Returns:
        1 .. 256.
    """
    if memory <= 0:
        least, most = CPU_BATCHES
        return max(least, min(most, CPU_WORKING_SET // max(1, bytes_per_picture)))
    return max(1, min(MAX_BATCH, int(memory * BATCH_SHARE) // max(1, bytes_per_picture)))
