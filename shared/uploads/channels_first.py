"""Networks of Keras 3 whose pictures are (channel, height, width), turned round to (height, width, channel).

Layers that Keras computes in either order are told the other one. Whatever else depends on the order of axes gets its
input in the old order, through a Permute in front, and computes on as before: nothing has to be understood for the
network to stay the same. Weights have the same shapes in both, so they keep their places.
"""

import copy
from collections.abc import Iterator
from typing import Any

from shared.errors import RefusedUpload, message
from shared.uploads.allowed_classes import MODELS
from shared.uploads.configs import tensors
from shared.uploads.declared_shapes import layers_of, name_of

Config = dict[str, Any]

FIRST = "channels_first"
_TO_FIRST, _TO_LAST = [3, 1, 2], [2, 3, 1]
# Where an axis of (batch, channel, height, width) lies in (batch, height, width, channel).
_AXES = {0: 0, 1: 3, 2: 1, 3: 2, -4: 0, -3: 3, -2: 1, -1: 2}
_SAME = """
Absolute Activation ActivityRegularization Add AlphaDropout Average Celu Clip Dropout ELU Elu GaussianDropout
GaussianNoise Gelu HardSigmoid HardSilu HardTanh Identity LeakyReLU LeakyRelu Maximum Minimum Mish Multiply Negative
ReLU Relu Relu6 Selu Sigmoid Silu Softplus Softsign Sqrt Square Subtract Tanh TrueDivide Divide
"""
_ANY_ORDER = frozenset(_SAME.split())
_BY_AXIS = frozenset({"BatchNormalization", "Concatenate", "GroupNormalization", "LayerNormalization", "Softmax"})
# Activations that do not treat every number alike.
_ALONG_AN_AXIS = ("softmax", "sparsemax", "glu", "Softmax", "PReLU")
_REBUILD = "Rebuild the network with data_format='channels_last', take the weights over, and save it again."


def is_channels_first(model: Config) -> bool:
    """Whether a model, or one inside it, computes on pictures whose channels come first."""
    for entry in layers_of(model):
        if entry["class_name"] in MODELS and is_channels_first(entry):
            return True
        if entry["class_name"] != "Flatten" and _config(entry).get("data_format") == FIRST:
            return True
    return _begins_with_permute(model)


def channels_last(model: Config) -> Config:
    """A model's configuration with channels last; the same object where it is so already, or of no form that is known.

    Raises:
        RefusedUpload: see turned().
    """
    try:
        return turned(model) if is_channels_first(model) else model
    except (TypeError, ValueError, LookupError, AttributeError):
        return model  # the values in a file can be of any type; whoever measures the model says what is wrong


def turned(model: Config) -> Config:
    """A configuration of channels first with channels last.

    Args:
        model: a Sequential or Functional model as Keras 3 writes it.

    Returns:
        A new configuration; every layer keeps its name, Permute layers are put between.

    Raises:
        RefusedUpload: a network inside it has several outputs, a layer works on one or three dimensions, or a
            convolution has an activation along an axis.
    """
    made = copy.deepcopy(model)
    _Turn(made, None).run()
    return made


def _config(entry: Config) -> Config:
    return entry["config"] if isinstance(entry.get("config"), dict) else {}


def _begins_with_permute(model: Config) -> bool:
    """Whether a picture is turned round at once: exported networks do so."""
    shapes = {name_of(e): _config(e).get("batch_shape") for e in layers_of(model) if e["class_name"] == "InputLayer"}
    before = ""
    for entry in layers_of(model):
        source = next(iter(_sources(entry)), before)
        shape = shapes.get(source) or []
        if entry["class_name"] == "Permute" and _config(entry).get("dims") == _TO_LAST and len(shape) == 4:
            return shape[1] in (1, 3, 4)
        before = name_of(entry)
    return False


def _sources(entry: Config) -> list[str]:
    nodes = entry.get("inbound_nodes") or []
    return [one["keras_history"][0] for node in nodes for one in tensors(node) if "keras_history" in one]


class _Turn:
    """One model on its way round; `pictures`: which of its layers give turned pictures."""

    def __init__(self, model: Config, given: bool | None) -> None:
        self.model, self.given = model, given
        self.chain = model["class_name"] == "Sequential"
        self.pictures: dict[str, bool] = {"": bool(given)}
        self.layers: list[Config] = []
        self.inserted: dict[tuple[str, int, bool], str] = {}

    def run(self) -> bool:
        """Turn every layer; whether pictures come out turned."""
        begins = self._begins_turned() if self.given is None else self.given
        before = ""
        for entry in layers_of(self.model):
            name = name_of(entry)
            if entry["class_name"] == "InputLayer":
                state = begins and len(_config(entry).get("batch_shape") or ()) == 4
                if state:
                    _turn_shapes(_config(entry), "batch_shape")
            else:
                state = self._turn_layer(entry, [before] if self.chain else _sources(entry))
            self.pictures[name] = state
            self.layers.append(entry)
            before = name
        config = self.model["config"]
        config["layers"] = self.layers
        if begins and self.chain:
            _turn_shapes(config, "build_input_shape")
            _turn_shapes(self.model.get("build_config") or {}, "input_shape")
        return self.pictures[self._end()]

    def _end(self) -> str:
        if self.chain:
            return name_of(self.layers[-1])
        ends = list(_names(self.model["config"]["output_layers"]))
        if self.given is not None and len(ends) != 1:
            raise _refuse("a network of one output inside another", f"{len(ends)} outputs", name_of(self.model))
        return ends[0]

    def _begins_turned(self) -> bool:
        """Whether the first layer that cares about the order wants channels first."""
        if not is_channels_first(self.model):
            return False
        for entry in layers_of(self.model):
            kind, config = entry["class_name"], _config(entry)
            if kind in MODELS:
                return is_channels_first(entry)
            if kind == "Permute":
                return config.get("dims") == _TO_LAST
            if config.get("data_format") and kind != "Flatten":
                return config["data_format"] == FIRST
        return False

    def _turn_layer(self, entry: Config, sources: list[str]) -> bool:
        """Change one layer, and what stands in front of it; whether turned pictures come out."""
        kind, config = entry["class_name"], _config(entry)
        comes = any(self.pictures.get(source, False) for source in sources)
        if kind in MODELS:
            wants = is_channels_first(entry)
            self._bring(entry, sources, wants)
            return _Turn(entry, wants).run() if wants else False
        if config.get("data_format") == FIRST:
            _check_turns(entry)
            self._bring(entry, sources, True)
            config["data_format"] = "channels_last"
            return kind != "Flatten" and (not kind.startswith("Global") or bool(config.get("keepdims")))
        if kind == "Permute" and config.get("dims") == (_TO_LAST if comes else _TO_FIRST):
            # What turning has done already.
            self._bring(entry, sources, comes)
            entry["class_name"], entry["config"] = "Identity", {"name": name_of(entry)}
            return not comes
        if comes and _is_free(entry):
            self._bring(entry, sources, True)
            if kind in _BY_AXIS:
                config["axis"] = _turned_axis(config.get("axis", -1))
            return True
        self._bring(entry, sources, False)
        return False

    def _bring(self, entry: Config, sources: list[str], wanted: bool) -> None:
        """Give a layer its inputs in the order it wants, through a Permute where they come in the other."""
        for number, source in enumerate(sources):
            if self.pictures.get(source, False) != wanted and _rank(entry, number, self.chain) == 4:
                self._redirect(entry, source, wanted)
        if wanted:
            self._turn_hints(entry)

    def _redirect(self, entry: Config, source: str, to_last: bool) -> None:
        name = f"{source}_{'turned' if to_last else 'order'}"
        if self.chain:
            self.layers.append(_permute(f"{name_of(entry)}_{'turned' if to_last else 'order'}", to_last, None))
            return
        for node in entry["inbound_nodes"]:
            for tensor in tensors(node):
                if tensor.get("keras_history", [""])[0] != source:
                    continue
                history = tensor["keras_history"]
                key = (source, history[1], to_last)
                if key not in self.inserted:
                    self.inserted[key] = f"{name}_{history[1]}" if history[1] else name
                    self.layers.append(_permute(self.inserted[key], to_last, copy.deepcopy(tensor)))
                tensor["keras_history"] = [self.inserted[key], 0, 0]

    def _turn_hints(self, entry: Config) -> None:
        """The shapes that are noted beside a layer that is given turned pictures."""
        build = entry.get("build_config")
        if isinstance(build, dict):
            _turn_shapes(build, "input_shape")
        for node in entry.get("inbound_nodes") or []:
            for tensor in tensors(node):
                _turn_shapes(tensor, "shape")


def _permute(name: str, to_last: bool, tensor: Config | None) -> Config:
    config = {"name": name, "dims": _TO_LAST if to_last else _TO_FIRST}
    made = {"module": "keras.layers", "class_name": "Permute", "config": config, "registered_name": None}
    if tensor is None:
        return made
    node = {"args": [{"class_name": "__keras_tensor__", "config": tensor}], "kwargs": {}}
    if not to_last:
        _turn_shapes(tensor, "shape")
    return {**made, "name": name, "inbound_nodes": [node]}


def _turn_shapes(holder: Config, key: str) -> None:
    """Turn a shape of four sides, or those among several."""
    shape = holder.get(key)
    if not isinstance(shape, list):
        return
    if shape and isinstance(shape[0], list):
        holder[key] = [_turned_shape(one) for one in shape]
    else:
        holder[key] = _turned_shape(shape)


def _turned_shape(shape: list[Any]) -> list[Any]:
    return [shape[0], shape[2], shape[3], shape[1]] if len(shape) == 4 else shape


def _turned_axis(axis: Any) -> int:
    return _AXES[axis[0] if isinstance(axis, list) else axis]


def _check_turns(entry: Config) -> None:
    kind, activation = entry["class_name"], str(_config(entry).get("activation"))
    if kind.endswith(("1D", "3D", "1DTranspose", "3DTranspose")):
        raise _refuse("layers over pictures", f"{kind} with channels first", name_of(entry))
    if any(word in activation for word in _ALONG_AN_AXIS):
        raise _refuse("activations of single numbers", f"{kind} with channels first and a softmax or the like",
                      name_of(entry))  # fmt: skip


def _is_free(entry: Config) -> bool:
    """Whether a layer computes the same in either order, once its axis is named: no constants but single numbers."""
    kind, config, nodes = entry["class_name"], _config(entry), entry.get("inbound_nodes") or []
    if kind in _BY_AXIS:
        axis = config.get("axis", -1)
        return isinstance(axis, int) or (isinstance(axis, list) and len(axis) == 1)
    if kind == "Rescaling":
        return not any(isinstance(config.get(key), list | dict) for key in ("scale", "offset"))
    ranks = {len(one.get("shape") or ()) for node in nodes for one in tensors(node)}
    along = any(word in str(config.get("activation")) for word in _ALONG_AN_AXIS)
    return kind in _ANY_ORDER and ranks <= {4} and not along and not any(map(_holds_array, nodes))


def _holds_array(node: Config) -> bool:
    """Whether a call has several numbers among its arguments."""
    lists = [one for one in node.get("args", []) if isinstance(one, list)]
    return "__numpy__" in str(node) or any(isinstance(n, int | float | list) for one in lists for n in one)


def _rank(entry: Config, number: int, chain: bool) -> int:
    if chain:
        return 4
    shapes = [one.get("shape") or () for node in entry.get("inbound_nodes") or [] for one in tensors(node)]
    return len(shapes[number]) if number < len(shapes) else 4


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, list) and value and isinstance(value[0], str):
        yield value[0]
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _names(one)


def _refuse(expected: str, received: str, name: str) -> RefusedUpload:
    return RefusedUpload(message(f"{expected}, to turn round what has its channels first", f"{received} ({name!r})",
                                 _REBUILD))  # fmt: skip
