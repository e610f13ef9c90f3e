"""Where the value behind a network's output is read: the logit before a softmax, the number before a softplus.

An output is followed back through what only hands it on (Reshape, Flatten, Dropout, a mean over positions) to the
activation that made it, however that is written: a layer's own, a layer of its own, an operation of keras.ops. Several
networks whose probabilities are averaged have one such place each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import keras

from worker.networks.activation_names import activation_name
from worker.networks.layer_trace import Maker, Trace

layers = keras.layers
PROBABILITIES = ("softmax", "sigmoid", "hard_sigmoid")
# Layers and operations, by class, that hand values on as they are; or scale what is a mean of probabilities anyway.
_HANDS_ON = ("Reshape", "Flatten", "Dropout", "SpatialDropout2D", "Identity", "Squeeze", "Ravel", "ExpandDims", "Cast")
_GROWS = ("UpSampling2D", "Resizing", "Resize")
_AVERAGES = ("GlobalAveragePooling2D", "Mean")
_SCALES = ("Multiply", "Divide", "TrueDivide", "Rescaling", "Mean")
_BOUNDS = ("Clip", "Maximum", "Minimum")
_MERGES = ("Average", "Add", "Stack")


@dataclass(frozen=True)
class Point:
    """One tensor on the way: of a layer or an operation the first input, what its own activation gets, or its output.

    Attributes:
        path: see capture.walk() and walk_operations().
        part: which tensor.
        call: which of the layer's calls, from 0.
    """

    path: str
    part: Literal["input", "activation", "output"]
    call: int = 0


@dataclass(frozen=True)
class Reading:
    """How the explained values become an output.

    Attributes:
        points: where the values are; several are joined.
        squash: name of the activation behind them; "linear": none; "": not known, and the points are the output.
        shape: of the values without the batch; of one point, where a mean joins several.
        averaged: whether positions are averaged behind the activation.
        join: "mean" of several networks, "concat": one behind the other.
        makers: paths of the layers that make the values.
        weighted: whether a Dense or a convolution makes them, and no pooling or normalization.
        changed: whether what lies behind the activation changes the values: another size of a mask, a bound.
        scaled: whether it multiplies them, which leaves probabilities only where it undoes a sum.
    """

    points: tuple[Point, ...]
    squash: str
    shape: tuple[int | None, ...]
    averaged: bool = False
    join: Literal["", "mean", "concat"] = ""
    makers: tuple[str, ...] = ()
    weighted: bool = True
    changed: bool = False
    scaled: bool = False

    @property
    def direct(self) -> bool:
        """Whether the activation of the values is the output."""
        return not (self.averaged or self.join == "mean" or self.changed or self.scaled)


def reading_of(trace: Trace, tensor: Any) -> Reading:
    """Where the values behind a tensor are read.

    Args:
        trace: of the network.
        tensor: one of its outputs.
    """
    maker = trace.maker(tensor)
    if maker is None:  # the picture itself, or what no known layer made
        return Reading((), "", _shape(tensor))
    return _handed_on(trace, maker, tensor) or _joined(trace, maker) or _activated(trace, maker, tensor)


def output_reading(trace: Trace, tensor: Any) -> Reading:
    """A tensor itself, where nothing behind it is to be undone."""
    maker = trace.maker(tensor)
    points = (Point(maker.path, "output", maker.call),) if maker else ()
    return Reading(points, "", _shape(tensor))


def positions(shape: Sequence[int | None]) -> int:
    """Places that values of a shape without batch are for; 0 where that depends on the picture."""
    count = 1
    for side in shape[:-1]:
        count *= side or 0
    return count


def _shape(tensor: Any) -> tuple[int | None, ...]:
    return tuple(tensor.shape[1:])


def _handed_on(trace: Trace, maker: Maker, tensor: Any) -> Reading | None:
    name = type(maker.operation).__name__
    if not _is_of_keras(maker.operation) or len(maker.inputs) != 1:
        return None
    (given,) = maker.inputs
    if name in _HANDS_ON or (name == "Activation" and activation_name(maker.operation) == "linear"):
        return reading_of(trace, given)
    if name in _GROWS:
        return replace(reading_of(trace, given), changed=True)
    if name in _AVERAGES and len(given.shape) == 4 and positions(_shape(tensor)) == 1:
        return replace(reading_of(trace, given), averaged=True)
    if name in (*_SCALES, *_BOUNDS):
        return _scaled(maker, reading_of(trace, given), name in _BOUNDS)
    if name == "Log" and (below := reading_of(trace, given)).squash == "softmax" and below.direct:
        return replace(below, squash="log_softmax")
    return None


def _scaled(maker: Maker, below: Reading, bounded: bool) -> Reading | None:
    """Values times a constant, or cut off at bounds."""
    if below.squash in PROBABILITIES:
        return replace(below, changed=True) if bounded else replace(below, scaled=True)
    if below.squash == "linear" and not bounded and not below.averaged:
        return replace(below, points=(Point(maker.path, "output", maker.call),), join="")
    return None


def _joined(trace: Trace, maker: Maker) -> Reading | None:
    name = type(maker.operation).__name__
    if name not in (*_MERGES, "Concatenate") or len(maker.inputs) < 2:
        return None
    members = [reading_of(trace, one) for one in maker.inputs]
    first, points = members[0], tuple(point for one in members for point in one.points)
    makers = tuple(maker for one in members for maker in one.makers)
    if len({one.squash for one in members}) > 1 or not all(one.points for one in members):
        return None
    if name == "Concatenate":
        flat = all(one.direct and len(one.shape) == 1 for one in members)
        apart = first.squash not in ("", "softmax", "log_softmax") and flat
        width = sum(int(one.shape[-1] or 0) for one in members)
        return Reading(points, first.squash, (width,), join="concat", makers=makers) if apart else None
    alike = len({one.shape for one in members}) == 1 and all(one.join != "concat" for one in members)
    return (
        replace(first, points=points, join="mean", makers=makers) if alike and first.squash in PROBABILITIES else None
    )


def _activated(trace: Trace, maker: Maker, tensor: Any) -> Reading:
    operation, shape = maker.operation, _shape(tensor)
    name = activation_name(operation) if _is_of_keras(operation) else ""
    if not name:
        return Reading((Point(maker.path, "output", maker.call),), "", shape)
    if name == "linear":
        return Reading((Point(maker.path, "output", maker.call),), "linear", shape, makers=(maker.path,))
    own = "activation" in operation.__dict__ and not isinstance(operation, layers.Activation)
    if own:
        return Reading((Point(maker.path, "activation", maker.call),), name, shape, makers=(maker.path,))
    if not maker.inputs:  # within a layer of somebody's own nothing is known of what came before
        return Reading((Point(maker.path, "input", maker.call),), name, shape)
    source = _source(trace, maker.inputs[0])
    before = trace.maker(source)
    weighted = before is not None and hasattr(before.operation, "kernel")
    point, makers = Point(maker.path, "input", maker.call), (before.path,) if before else ()
    return Reading((point,), name, _laid_out(_shape(source), shape), makers=makers, weighted=weighted)


def _source(trace: Trace, tensor: Any) -> Any:
    """The tensor in front of what only hands it on."""
    while (maker := trace.maker(tensor)) and type(maker.operation).__name__ in _HANDS_ON and len(maker.inputs) == 1:
        tensor = maker.inputs[0]
    return tensor


def _laid_out(source: tuple[int | None, ...], shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    """The shape of values that were positions of a picture before they became a row, (64 · 64, 3)."""
    row = len(source) == 3 and len(shape) == 2 and source[-1] == shape[-1] and positions(source) == positions(shape)
    return source if row else shape


def _is_of_keras(operation: keras.Operation) -> bool:
    """Whether a class is Keras's or ours: of another one's `activation` nobody knows what it does with it."""
    return type(operation).__module__.startswith(("keras.", "worker."))
