"""`filter_atlas`: the picture that excites each channel of a layer most.

Chollet, "How convolutional neural networks see the world", 2016 (the *classic* mode).
"""

import logging
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from shared.errors import DoesNotFit, InvalidSpec, UnknownLayer, message
from shared.job_specs import FilterAtlas
from shared.results import Part, Progress
from worker.analyses.context import RunContext
from worker.ascent.gradient_ascent import Ascent, climb, compile_ascent
from worker.ascent.objectives import channel_objective
from worker.ascent.parameterizations import GREY, noise_start, shown_noise_picture
from worker.capture import find_layer
from worker.devices import channel_batch
from worker.models import LoadedModel
from worker.preprocessing import to_uint8

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Climb:
    """One channel to climb: its part number, the channel, and which start this is."""

    index: int
    channel: int
    start: int = 0


def filter_atlas(spec: FilterAtlas, context: RunContext) -> Iterator[Part | Progress]:
    """Climb every wanted channel, many at once.

    Yields:
        A part a channel: picture `tile` uint8 (size, size, 3) or (size, size) for a grey model; array `objective`
        float32 (steps), after each step; facts `channel`, `objective` (final), `objective_start`, `dead`,
        `starts` (how many were tried).

    Raises:
        UnknownLayer, InvalidSpec: no such layer or channel, or the layer has no feature maps.
        NotFinite, DoesNotFit: see their names.
    """
    yield Progress("loading the model")
    model = _load(spec, context)
    channels = _channels(spec, model)
    facts = {"model": model.title, "weights": model.weights, "precision": spec.precision}
    yield Progress("compiling", total=len(channels), facts=facts)
    ascent = compile_ascent(model, spec.layer, channel_objective, spec.size, spec.precision)
    yield from _Atlas(spec, context, model, ascent, len(channels)).climb_all(channels)


def _load(spec: FilterAtlas, context: RunContext) -> LoadedModel:
    """The model without its head, unless the layer belongs to the head."""
    model = context.models.load(spec.model, head=False)
    try:
        find_layer(model.network, spec.layer)
    except UnknownLayer:
        if not model.card.architecture:
            raise
        model = context.models.load(spec.model, head=True)
    return model


def _channels(spec: FilterAtlas, model: LoadedModel) -> list[int]:
    layer = find_layer(model.network, spec.layer)
    shape: Any = getattr(getattr(layer, "output", None), "shape", ())
    if len(shape) != 4:
        raise UnknownLayer(
            message("a layer with feature maps (height, width, channel)", f"{spec.layer} {tuple(shape)}",
                    "Choose a convolution, an activation or a pooling layer; `convscope models show` lists them.")
        )  # fmt: skip
    count = int(shape[-1])
    beyond = [c for c in spec.channels if c >= count]
    if beyond:
        raise InvalidSpec(
            message(f"`channels` below {count}, the channels of {spec.layer}", beyond[:5], "Change `channels`.")
        )
    return list(spec.channels) or list(range(count))


def _halved(batch: int, error: Exception) -> int:
    if batch == 1:
        raise DoesNotFit(
            "Expected one channel at this size to fit the device's memory. It does not. Choose a smaller size."
        ) from error
    log.warning("out of memory: halving the batch", extra={"batch": batch})
    return batch // 2


@dataclass
class _Atlas:
    """One attempt at an atlas: what it works with, and how many channels are done."""

    spec: FilterAtlas
    context: RunContext
    model: LoadedModel
    ascent: Ascent
    total: int
    done: int = 0

    def climb_all(self, channels: list[int]) -> Iterator[Part | Progress]:
        """Work the channels off in batches; a silent one goes to the queue's end with its next start."""
        todo = deque(_Climb(i, c) for i, c in enumerate(channels) if i not in self.context.finished)
        self.done = before = self.total - len(todo)
        batch, begun = channel_batch(self.ascent.bytes_per_picture, self.context.device_memory), time.perf_counter()
        while todo:
            chosen = [todo.popleft() for _ in range(min(batch, len(todo)))]
            try:
                for item in self._climb_batch(chosen):
                    if isinstance(item, _Climb):
                        todo.append(item)
                    else:
                        self.done += isinstance(item, Part)
                        yield item
            except (tf.errors.ResourceExhaustedError, MemoryError) as error:
                # Nothing of this batch was yielded yet: parts come after its last step.
                batch = _halved(batch, error)
                todo.extendleft(reversed(chosen))
            pace = (time.perf_counter() - begun) / max(1, self.done - before)
            metrics = {"batch": batch, "seconds_per_channel": round(pace, 4)}
            yield Progress(f"{self.done} of {self.total} channels", facts={"metrics": metrics})

    def _climb_batch(self, chosen: list[_Climb]) -> Iterator[Part | Progress | _Climb]:
        spec = self.spec
        channels = np.array([c.channel for c in chosen], np.int32)
        starts = np.stack([self._start(c) for c in chosen])
        for at in climb(self.ascent, starts, channels, spec.steps, spec.step_size):
            share = (self.done + len(chosen) * at.step / spec.steps) / self.total
            yield Progress(f"channels {channels[0]}–{channels[-1]}, step {at.step} of {spec.steps}", fraction=share)
        for one, picture, values in zip(chosen, np.asarray(at.pictures), at.curve, strict=True):
            silent = not (values[-1] > 0 or values[-1] > values[0])
            if silent and one.start < spec.restarts and spec.image is None:
                yield _Climb(one.index, one.channel, one.start + 1)
            else:
                yield self._part(one, picture, values, silent)

    def _start(self, one: _Climb) -> np.ndarray:
        spec, channels = self.spec, self.model.input_channels
        if spec.image is None:
            return noise_start(spec.size, channels, spec.seed, one.channel, one.start)
        return self.context.picture(spec.image, spec.size, channels)

    def _part(self, one: _Climb, picture: np.ndarray, curve: np.ndarray, dead: bool) -> Part:
        shown = picture if self.spec.image else shown_noise_picture(picture)
        facts = {
            "channel": one.channel,
            "objective": float(curve[-1]),
            "objective_start": float(curve[0]),
            "dead": bool(dead),
            "starts": one.start + 1,
        }
        if dead and not self.spec.image:
            shown = np.full_like(picture, GREY)  # nothing was climbed: the start's blobs are not the network's
        tile = to_uint8(_drawable(shown))
        return Part(one.index, f"channel {one.channel}", {"tile": tile}, {"objective": curve[1:]}, facts)


def _drawable(picture: np.ndarray) -> np.ndarray:
    """The first three channels of a picture with more; two are shown as grey."""
    channels = picture.shape[-1]
    return picture[..., :3] if channels >= 3 else picture[..., :1]
