"""Bases: a model cut behind its last feature maps, copied for pictures of one size, and where its last block begins."""

from typing import Any

import keras

from shared.errors import InvalidSpec, UnknownLayer, message
from worker.networks.capture import find_layer, walk
from worker.networks.layer_trace import Trace, trace_layers
from worker.networks.models import LoadedModel

# Sides that are tried to say how large pictures have to be.
SIDES = (32, 48, 64, 75, 96, 128, 160, 192, 224, 299, 331, 384, 512)
USUAL_SIDE = 160
HEAD_NAMES = ("head_pooling", "dropout", "hidden", "logits", "probabilities")


def base_side(model: LoadedModel) -> int:
    """Height and width of the pictures that a base is given unless asked otherwise: a file's own where it has one.

    An architecture's convolutions take any size; 160 pixels show them nearly what 224 do, in half of the time.
    """
    _, height, width, _ = model.network.inputs[0].shape
    if model.card.architecture or not height or not width:
        return USUAL_SIDE
    return int(min(height, width))


def copied_base(model: LoadedModel, size: int, channels: int) -> keras.Model:
    """A copy of a model up to its last output with height and width, for square pictures, its layers' names kept.

    Raises:
        InvalidSpec: the model has no such output, or takes no pictures of this size.
    """
    cut = _cut(model)
    _check_size(model, cut, size)
    inputs = keras.Input((size, size, channels), name="picture")
    again = _same if model.input_size == (size, size) else _of_any_size
    copied = keras.models.clone_model(cut, input_tensors=inputs, clone_function=again)
    if not isinstance(copied.outputs[0], keras.KerasTensor) or len(copied.outputs[0].shape) != 4:
        raise _no_maps(model)
    copied.set_weights(cut.get_weights())
    taken = sorted({layer.name for layer in copied.layers} & set(HEAD_NAMES))
    for layer in copied.layers:
        if layer.name in taken:
            layer.name = f"base_{layer.name}"
    return copied


def _same(layer: keras.layers.Layer) -> keras.layers.Layer:
    return type(layer).from_config(layer.get_config())


def _of_any_size(layer: keras.layers.Layer) -> keras.layers.Layer:
    """A copy of a layer; of a network inside the base, one whose own inputs have no size any more."""
    return type(layer).from_config(_open(layer.get_config()) if isinstance(layer, keras.Model) else layer.get_config())


def _open(config: Any) -> Any:
    if isinstance(config, list):
        return [_open(one) for one in config]
    if not isinstance(config, dict):
        return config
    opened = {key: _open(one) for key, one in config.items()}
    for key in ("batch_shape", "build_input_shape"):
        if len(opened.get(key) or ()) == 4:
            opened[key] = (None, None, None, opened[key][-1])
    return opened


def _cut(model: LoadedModel) -> keras.Model:
    """The model up to its last feature maps, with the layers of the model itself."""
    network = model.network
    if len(network.outputs) == 1 and len(network.outputs[0].shape) == 4 and network.outputs[0].shape[1] != 1:
        return keras.Model(network.inputs[0], network.outputs[0])
    cut = _cut_inside(network, trace_layers(network, model.input_size), "")
    if cut is None:
        raise _no_maps(model)
    return cut


def _cut_inside(network: keras.Model, trace: Trace, container: str) -> keras.Model | None:
    """A network up to its last feature maps, which may lie in a network inside it; None where it has none."""
    own = [path for path in trace.layers if path.rpartition("/")[0] == container]
    maps = [
        path for path in own
        if _is_map(trace.layers[path].shape) and not isinstance(trace.layers[path].layer, keras.layers.InputLayer)
    ]  # fmt: skip
    # Behind the last of its own layers with maps: a network that ends without any has them inside; and where "x + y"
    # joined two branches, what the next layer gets is the later one.
    for path in own[own.index(maps[-1]) + 1 :] if maps else own:
        layer = trace.layers[path].layer
        inner = _cut_inside(layer, trace, path) if isinstance(layer, keras.Model) else None
        if inner is not None:
            return keras.Model(network.inputs[0], inner(_call_in(network, layer).input_tensors[0]), name=network.name)
        if _is_map(trace.unnamed.get(path, ())):
            return keras.Model(network.inputs[0], _call_in(network, layer).input_tensors[0], name=network.name)
    if not maps:
        return None
    last = trace.layers[maps[-1]].layer
    return keras.Model(network.inputs[0], _call_in(network, last).output_tensors[0], name=network.name)


def _is_map(shape: tuple[int | None, ...]) -> bool:
    return len(shape) == 3 and (shape[0] or 0) * (shape[1] or 0) > 1


def _call_in(network: keras.Model, layer: keras.layers.Layer) -> Any:
    """Where a network calls a layer: a layer that is a network remembers its own making too."""
    by_depth = (getattr(network, "_functional", None) or network)._nodes_by_depth
    known = {id(node) for nodes in by_depth.values() for node in nodes}
    return next(node for node in layer._inbound_nodes if id(node) in known)


def _no_maps(model: LoadedModel) -> InvalidSpec:
    return InvalidSpec(
        message("a base whose own layers give feature maps", f"{model.title}, which has none",
                "Choose a convolutional network.")
    )  # fmt: skip


def _check_size(model: LoadedModel, cut: keras.Model, size: int) -> None:
    if _takes(cut, size):
        return
    fits = next((side for side in SIDES if side > size and _takes(cut, side)), None)
    advice = f"Choose a `size` of {fits} or more." if fits else "Choose another base."
    raise InvalidSpec(message(f"pictures that {model.title} can take", f"{size} × {size} pixels", advice))


def _takes(cut: keras.Model, side: int) -> bool:
    trace = trace_layers(cut, (side, side))
    sides = [side for traced in trace.layers.values() for side in traced.shape[:-1] if len(traced.shape) == 3]
    return trace.refused is None and all(side is None or side > 0 for side in sides)


def layers_from(base: keras.Model, path: str) -> list[keras.layers.Layer]:
    """The layers of a base from one upwards, in their order, containers left out.

    Raises:
        UnknownLayer: there is no such layer, or none from it on has weights.
    """
    first = find_layer(base, path)
    rows = _leaves(base)
    inner = {id(layer) for _, layer in walk(first)} if isinstance(first, keras.Model) else {id(first)}
    at = next((i for i, (_, layer) in enumerate(rows) if id(layer) in inner), len(rows))
    found = [layer for _, layer in rows[at:]]
    if not any(layer.trainable_variables for layer in found):
        last = [path for path, layer in rows if layer.trainable_variables][-1:]
        advice = f"The last layer that can learn is {last[0]}." if last else "Choose another base."
        raise UnknownLayer(message("a layer with weights at or behind `unfreeze_from`", path, advice))
    return found


def last_block(base: keras.Model) -> str:
    """Path of the layer where a base's last block begins: the first with weights at the last one's resolution.

    VGG16: block5_conv1. Never more than the upper half of the layers with weights.
    """
    _, height, width, _ = base.inputs[0].shape
    trace = trace_layers(base, (height, width))
    rows = [
        (path, trace.layers[path].shape[:2]) for path, layer in _leaves(base)
        if layer.trainable_variables and path in trace.layers and len(trace.layers[path].shape) == 3
    ]  # fmt: skip
    if not rows:
        raise UnknownLayer(message("a base with layers that can learn", base.name, "Choose another base."))
    last = rows[-1][1]
    start = len(rows) - 1
    # The 1 × 1 maps inside of a block (squeeze and excitation) do not end it.
    while start > len(rows) // 2 and rows[start - 1][1] in (last, (1, 1)):
        start -= 1
    while rows[start][1] != last:
        start += 1
    return rows[start][0]


def _leaves(base: keras.Model) -> list[tuple[str, keras.layers.Layer]]:
    return [(path, layer) for path, layer in walk(base) if not isinstance(layer, keras.Model)]
