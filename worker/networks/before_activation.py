"""A channel's number before an activation cuts it off: what a channel's opposite minimises.

Behind a ReLU nothing is smaller than zero, so the opposite of what excites a channel would be any picture that leaves
it silent. Before the ReLU there is one that silences it most (Olah et al., "Feature Visualization", Distill 2017, show
such pictures). What lies between is followed back: activations of their own, pooling, branches that are joined.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import keras

from worker.networks.capture import swap_attributes, walk

layers = keras.layers
# Layers that leave a channel where it is and do nothing to it that an activation would.
PASSING = (
    layers.MaxPooling2D, layers.AveragePooling2D, layers.Dropout, layers.SpatialDropout2D, layers.ZeroPadding2D,
    layers.Cropping2D, layers.UpSampling2D,
)  # fmt: skip
# Activations that go on falling below zero.
OPEN = ("linear", "leaky_relu")


@dataclass(frozen=True)
class Origin:
    """Where a channel is read before its activation.

    Attributes:
        path: of the layer.
        channel: of that layer.
        fused: whether the layer has an activation of its own, to be traced without it; see without_activation().
    """

    path: str
    channel: int
    fused: bool = False


def before_activation(network: keras.Model, path: str, channel: int) -> Origin:
    """Where to read a channel before the activation behind it; the channel itself where none cuts it off.

    Args:
        network: any model.
        path: of the layer, as capture.walk() gives it.
        channel: of the layer.
    """
    known, here, number = dict(walk(network)), path, channel
    while True:
        layer = known[here]
        if _is_activation(layer):
            fed = _fed_by(known, here, _inputs(layer)[:1])
            return Origin(fed[0], number) if fed else Origin(path, channel)
        if _closes(layer):
            return Origin(here, number, fused=True)
        back = _back(known, here, number)
        if back is None:
            return Origin(path, channel)
        here, number = back


def without_activation(layer: keras.layers.Layer) -> AbstractContextManager[None]:
    """Within the block, trace a layer without the activation of its own; it is, afterwards, as it was."""
    return swap_attributes([(layer, "activation", keras.activations.linear)])


def _back(known: Mapping[str, Any], path: str, channel: int) -> tuple[str, int] | None:
    """The layer in front, and the channel's number there; None where the channel is made of several."""
    layer = known[path]
    if isinstance(layer, PASSING):
        fed = _fed_by(known, path, _inputs(layer)[:1])
        return (fed[0], channel) if fed else None
    if not isinstance(layer, layers.Concatenate) or layer.axis not in (-1, 3):
        return None
    for tensor in _inputs(layer):
        width = int(tensor.shape[-1])
        if channel < width:
            fed = _fed_by(known, path, [tensor])
            return (fed[0], channel) if fed else None
        channel -= width
    return None


def _inputs(layer: keras.layers.Layer) -> list[Any]:
    """Symbolic inputs of a layer's first call; [] where it keeps none."""
    try:
        return keras.tree.flatten(layer.input)
    except (AttributeError, ValueError):
        return []


def _fed_by(known: Mapping[str, Any], path: str, tensors: list[Any]) -> list[str]:
    """Paths of the layers that made some tensors, as far as they stand in the same model."""
    container = path[: path.rfind("/") + 1]
    makers = [getattr(getattr(t, "_keras_history", None), "operation", None) for t in tensors]
    paths = [f"{container}{getattr(maker, 'name', '')}" for maker in makers]
    return [p for p, m in zip(paths, makers, strict=True) if m is not None and known.get(p) is m and not _is_input(m)]


def _is_input(layer: Any) -> bool:
    return isinstance(layer, layers.InputLayer | keras.Model)


def _is_activation(layer: Any) -> bool:
    if isinstance(layer, layers.ReLU):
        return float(layer.negative_slope) == 0
    return isinstance(layer, layers.Activation) and _closes(layer)


def _closes(layer: Any) -> bool:
    name = getattr(layer.__dict__.get("activation"), "__name__", "linear")
    return name not in OPEN
