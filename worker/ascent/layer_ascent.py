"""Maximise many channels of one layer: all at a first look, then each to its end, in batches that fit; silent ones
again from another start.

A tile's bits depend on how many pictures are optimized together, and neither on which nor on its place among them: a
convolution of another length is summed in another order. All batches of a run therefore have one length, which follows
from the number of channels and from the device; what is missing in the last one is filled up. So a tile is the same to
the bit whether one worker makes the run or several of equal machines do, and whatever an earlier attempt had finished;
another device, another number of threads, or a batch that had to be halved for want of memory may differ by rounding.
"""

import logging
import math
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice

import numpy as np
import tensorflow as tf

from shared.analyses.ascent_modes import AscentSpec
from shared.analyses.typed_parts import TileFacts
from shared.errors import DoesNotFit
from shared.part_sources import PartSource
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
# A first look takes a tenth of an ascent's steps, and at most three, twice as long. Of 64 channels of VGG16
# block3_conv1, 128 px, lucid, 92, 94 and 95 % excite their own channel most after 2, 3 and 4 such steps. Fewer than two
# show nothing yet. A classic step goes the same way in every pixel, however long, and a long one overshoots: of all 256
# channels 79, 82 and 84 % with three steps of 2, 1.3 and 1 times the length, 72 % with two of twice.
LOOK_SHARE, LOOK_STEPS, LOOK_LEAST = 10, 3, 2
LOOK_STEP_TIMES, LOOK_STEP_TIMES_CLASSIC = 2.0, 1.0
# Share of a card's memory that one batch's activations may take; the rest is weights and workspace.
BATCH_SHARE = 0.5
# A run is cut into so many batches where they stay large enough to be quick, so that as many workers have something to
# do: at least 4 channels on a processor (see above), 32 on a card.
BATCHES_A_RUN = 8
CARD_LEAST = 32


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
        channels: of the whole result, done ones among them; a part's number is its channel's place.
        restarts: further starts for a silent channel.
        photograph: float32 (size, size, channel) to start from; None means the mode's own start.
        device_memory: bytes a batch may take; 0 for the processor.
    """

    ascent: Ascent
    spec: AscentSpec
    channels: Sequence[int]
    restarts: int = 3
    photograph: np.ndarray | None = None
    device_memory: int = 0
    done: int = 0
    _looked: int = 0

    @property
    def batch(self) -> int:
        """How many channels are optimized together."""
        return run_batch(len(self.channels), self.ascent.bytes_per_picture, self.device_memory)

    def first_look(self, source: PartSource) -> Iterator[OptimizedTile | Progress]:
        """All channels after a few long steps, so that a whole layer is seen before any of it is done.

        It is an ascent of its own, and what optimize_all() makes does not depend on it. Channels that stay silent are
        left out, and all where the steps asked for are few or the device's memory is short.

        Raises:
            NotFinite: as optimize().
        """
        steps, batch, seen = look_steps(self.spec.steps), self.batch, 0
        while steps and (taken := source.take_looks(batch)):
            self._looked = steps * (len(self.channels) - source.made)
            try:
                yield from self._look_at([_Attempt(i, self.channels[i]) for i in taken], steps, seen)
            except (tf.errors.ResourceExhaustedError, MemoryError):
                log.warning("out of memory: no first look", extra={"batch": batch})
                return
            seen += len(taken)

    def _look_at(self, chosen: list[_Attempt], steps: int, before: int) -> Iterator[OptimizedTile | Progress]:
        # Left a step before its end, where pictures are judged once more: a fifth of the look's time.
        times = LOOK_STEP_TIMES_CLASSIC if self.spec.mode == "classic" else LOOK_STEP_TIMES
        with closing(self._ascend(chosen, steps + 1, self.spec.step_size * times)) as way:
            for at in islice(way, steps):
                share = (before * steps + len(chosen) * at.step) / self._work
                yield Progress(f"first look at channels {_range(chosen)}", fraction=share)
        for one, picture, values in zip(chosen, np.asarray(at.pictures), at.curve, strict=True):
            if not is_silent(values):
                yield self._tile(one, picture, values, dead=False)

    @property
    def _work(self) -> int:
        """Steps of all channels, the first look's among them."""
        return len(self.channels) * self.spec.steps + self._looked

    def _ascend(self, chosen: list[_Attempt], steps: int, step_size: float) -> Generator[Height, None, None]:
        rows = [(self.spec.seed, c.channel, c.start) for c in chosen]
        starts = None if self.photograph is None else np.stack([self.photograph] * len(chosen))
        return optimize(self.ascent, {"channel": [c.channel for c in chosen]}, rows, steps, step_size, starts)

    def optimize_all(self, source: PartSource) -> Iterator[OptimizedTile | Progress]:
        """Work off channels in batches; a silent one waits for the end with its next start.

        Raises:
            DoesNotFit: one channel alone is too large for the device.
            NotFinite: as optimize().
        """
        silent: deque[_Attempt] = deque()
        batch, mine, begun = self.batch, 0, time.perf_counter()
        while chosen := self._next(source, silent, batch):
            self.done = source.made
            try:
                for item in self._optimize_batch(chosen, batch):
                    if isinstance(item, _Attempt):
                        silent.append(item)
                    else:
                        self.done += isinstance(item, OptimizedTile)
                        mine += isinstance(item, OptimizedTile)
                        yield item
            except (tf.errors.ResourceExhaustedError, MemoryError) as error:
                # Nothing of this batch was yielded yet: channels come after its last step.
                batch = _halved(batch, error)
                silent.extendleft(reversed(chosen))
            pace = (time.perf_counter() - begun) / max(1, mine)
            metrics = {"batch": batch, "seconds_per_channel": round(pace, 4)}
            yield Progress(f"{self.done} of {len(self.channels)} channels", facts={"metrics": metrics})

    def _next(self, source: PartSource, silent: deque[_Attempt], batch: int) -> list[_Attempt]:
        """New channels first, so that all are tried once before any is tried again; those too large for the device,
        which wait among the silent ones with their first start, before all.
        """
        again = [silent.popleft() for _ in range(min(batch, len(silent))) if silent[0].start == 0]
        taken = source.take(batch - len(again), [one.index for one in (*again, *silent)])
        chosen = again + [_Attempt(index, self.channels[index]) for index in taken]
        return chosen + [silent.popleft() for _ in range(min(batch - len(chosen), len(silent)))]

    def _optimize_batch(self, chosen: list[_Attempt], batch: int) -> Iterator[OptimizedTile | Progress | _Attempt]:
        spec = self.spec
        filled = chosen + [chosen[-1]] * (batch - len(chosen))
        for at in self._ascend(filled, spec.steps, spec.step_size):
            share = (self._looked + self.done * spec.steps + len(chosen) * at.step) / self._work
            yield Progress(f"channels {_range(chosen)}, step {at.step} of {spec.steps}", fraction=min(1.0, share))
        # The filled ones come last and are nobody's.
        for one, picture, values in zip(chosen, np.asarray(at.pictures), at.curve, strict=False):
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


def run_batch(total: int, bytes_per_picture: int, memory: int) -> int:
    """How many of a run's channels are optimized together; each batch of the run has this length.

    Args:
        total: channels of the run.
        bytes_per_picture, memory: as channel_batch() takes them.

    Returns:
        At least 1, at most what fits; chosen so that batches come out even.
    """
    least = CARD_LEAST if memory > 0 else CPU_BATCHES[0]
    at_once = min(channel_batch(bytes_per_picture, memory), max(least, math.ceil(total / BATCHES_A_RUN)))
    return even_batch(total, at_once)


def even_batch(total: int, at_most: int) -> int:
    """The length of equal batches of at most so many, the last one filled up with as little as can be."""
    return math.ceil(total / math.ceil(total / at_most)) if total else 1


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
