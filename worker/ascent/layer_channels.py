"""The layer and the channels that an ascent is asked for, or why there are none."""

from typing import Any

import keras

from shared.errors import InvalidSpec, UnknownLayer, message
from worker.networks.capture import find_layer, walk
from worker.networks.layer_trace import Trace, trace_layers
from worker.networks.models import LoadedModel, WarmModels

# Larger ones than this are not offered where a size is too small.
LARGEST_TRIED = 1024


def load_for_layer(models: WarmModels, reference: str, layer: str) -> LoadedModel:
    """A model without its head, unless the layer belongs to the head."""
    model = models.load(reference, head=False)
    try:
        find_layer(model.network, layer)
    except UnknownLayer:
        if not model.card.architecture:
            raise
        model = models.load(reference, head=True)
    return model


def chosen_channels(model: LoadedModel, path: str, wanted: tuple[int, ...]) -> list[int]:
    """The channels asked for, or all of a layer's.

    Raises:
        UnknownLayer: there is no such layer, or it has no feature maps.
        InvalidSpec: it has fewer channels.
    """
    layer = find_layer(model.network, path)
    shape: Any = getattr(getattr(layer, "output", None), "shape", ())
    if len(shape) != 4:
        raise UnknownLayer(
            message("a layer with feature maps (height, width, channel)", f"{path} {tuple(shape)}",
                    "Choose a convolution, an activation or a pooling layer; Models lists them (in a terminal: "
                    "`convscope models show`).")
        )  # fmt: skip
    count = int(shape[-1])
    beyond = [c for c in wanted if c >= count]
    if beyond:
        raise InvalidSpec(
            message(f"`channels` below {count}, the channels of {path}", beyond[:5], "Change `channels`.")
        )
    return list(wanted) or list(range(count))


def full_path(network: keras.Model, path: str) -> str:
    """The path of a layer that a bare name may stand for."""
    layer = find_layer(network, path)
    return next((p for p, one in walk(network) if one is layer), path)


def check_channel(model: LoadedModel, path: str, channel: int, size: int) -> None:
    """Refuse a channel that no picture of this size shows.

    Args:
        model: any model.
        path: full path of the layer.
        channel: of the layer.
        size: height and width of the pictures, in pixels.

    Raises:
        UnknownLayer: the layer has no feature maps.
        InvalidSpec: too small a size, or no such channel.
    """
    count = len(chosen_channels(model, path, ()))
    if channel >= count:
        raise InvalidSpec(
            message(f"`channel` below {count}, the channels of {path}", channel, f"Choose one of 0 to {count - 1}.")
        )
    trace = trace_layers(model.network, (size, size))
    if path not in trace.layers or 0 in trace.layers[path].shape[:2]:
        raise _too_small(model, path, size, trace)


def _too_small(model: LoadedModel, path: str, size: int, trace: Trace) -> InvalidSpec:
    enough = next((s for s in _larger(size, model.input_size) if _reaches(model, path, s)), None)
    where = f"; {trace.refused[0]} refuses them" if trace.refused else ""
    advice = f"Choose a size of {enough}." if enough else "This layer does not run when the model sees a picture."
    return InvalidSpec(message(f"pictures of a `size` that reaches {path}", f"{size} pixels{where}", advice))


def _larger(size: int, own: tuple[int, int]) -> list[int]:
    doubled = [size * 2**i for i in range(1, 8)]
    return sorted({s for s in (*doubled, min(own)) if size < s <= LARGEST_TRIED})


def _reaches(model: LoadedModel, path: str, size: int) -> bool:
    found = trace_layers(model.network, (size, size)).layers.get(path)
    return found is not None and 0 not in found.shape
