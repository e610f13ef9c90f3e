"""The whole upgrade of one configuration: which files are old, and the order of the steps."""

import copy
import re
from dataclasses import dataclass
from typing import Any, Self

from shared.errors import RefusedUpload, message
from shared.uploads.allowed_classes import MODELS
from shared.uploads.configs import MAX_DEPTH
from shared.uploads.upgrades.chains import is_old_bilinear, keep_bilinear, keep_hard_sigmoids, keep_theano_padding
from shared.uploads.upgrades.channels_last import FIRST, is_turned, turn
from shared.uploads.upgrades.inbound_nodes import Nodes
from shared.uploads.upgrades.keras1 import to_keras_2
from shared.uploads.upgrades.layers import upgrade_layer
from shared.uploads.upgrades.names import plain_names, today
from shared.uploads.upgrades.operations import KINDS, replace_operation
from shared.uploads.upgrades.refusals import refuse

Config = dict[str, Any]

_CLASSES = {"Sequential": ("keras", "Sequential"), "Functional": ("keras.src.models.functional", "Functional")}
_WRAPPERS = ("layer", "backward_layer")
_SAVE_AGAIN = "It is damaged, or older than Keras 1: open it in the Keras that wrote it and save it again there."


@dataclass(frozen=True)
class Origin:
    """Who wrote a file.

    Attributes:
        version: of Keras, for example "2.1.6"; "1" where a file does not say, as before 1.2.
        backend: "tensorflow", "theano", "cntk"; "" where a file does not say.
    """

    version: str
    backend: str = ""

    @classmethod
    def of(cls, version: object, backend: object = "") -> Self:
        """An origin from what a file says, of any type and length; nothing but a version can come out."""
        texts = (one.decode(errors="replace") if isinstance(one, bytes) else one for one in (version, backend))
        return cls(*(re.sub(r"[^\w.+-]", "", one)[:24] if isinstance(one, str) else "" for one in texts))

    @property
    def old(self) -> bool:
        """Whether its configuration must be upgraded."""
        major = self.version.partition(".")[0]
        return major.isdigit() and int(major) < 3


@dataclass(frozen=True)
class UpgradedConfig:
    """An old configuration in the form of Keras 3.

    Attributes:
        config: what Keras 3 is to build; still to be checked.
        old_kernels: layers whose kernels lie as (filter, channel, row, column), Keras 1's in Theano's order.
    """

    config: Config
    old_kernels: frozenset[str] = frozenset()


def upgrade(config: Config, origin: Origin) -> UpgradedConfig:
    """Rewrite a configuration of Keras 1 or 2 as one of Keras 3.

    Args:
        config: of a Sequential or Functional model, as read from the file; not changed.
        origin: who wrote it.

    Returns:
        The configuration, in which unknown classes still stand, for the check to refuse.

    Raises:
        RefusedUpload: it holds what Keras 3 cannot compute, or is not of the form that any Keras writes.
    """
    try:
        model = _in_keras_2(copy.deepcopy(config), 0)
        if model["class_name"] not in MODELS:
            return UpgradedConfig(_unknown_model(config))
        old_kernels = frozenset(_old_kernels(model) if origin.version.startswith("1") else ())
        _keep_what_is_computed(model, origin)
        return UpgradedConfig(_in_keras_3(model), old_kernels)
    except RefusedUpload:
        raise
    # A file's values can be of any type; what does not fit was not written by Keras.
    except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        expected = f"a configuration of the form that Keras {origin.version} writes"
        raise RefusedUpload(message(expected, f"{type(error).__name__}: {error}", _SAVE_AGAIN)) from error


def _unknown_model(config: Config) -> Config:
    module = config.get("module")
    return {"module": module, "class_name": config.get("class_name"), "config": {}}


def _in_keras_2(entry: Config, depth: int) -> Config:
    """One entry, and every model inside it, in the words of Keras 2: a Sequential with a name and a list of layers."""
    if depth > MAX_DEPTH:
        raise ValueError(f"more than {MAX_DEPTH} models inside one another")
    if entry["class_name"] not in MODELS:
        return _layer_in_keras_2(entry, depth)
    config = entry["config"]
    if isinstance(config, list):
        config = {"name": str(entry.get("name", "sequential")), "layers": config}
    config = plain_names({**config, "layers": _named(config["layers"])})
    config["layers"] = [_in_keras_2(layer, depth + 1) for layer in config["layers"]]
    return {**entry, "config": config}


def _layer_in_keras_2(entry: Config, depth: int) -> Config:
    entry = to_keras_2(entry)
    for key in _WRAPPERS:
        inner = entry["config"].get(key)
        if isinstance(inner, dict) and "class_name" in inner:
            entry["config"][key] = _in_keras_2(inner, depth + 1)
    return entry


def _named(entries: list[Config]) -> list[Config]:
    """The names of layers, beside their configurations too: a Sequential's entries have them inside alone.

    A Sequential in a Sequential of early Keras 2 has none at all, and two of them must not get the same.
    """
    made: list[Config] = []
    taken: set[str] = set()
    for entry in entries:
        config = entry["config"]
        said = entry.get("name") or (config.get("name") if isinstance(config, dict) else None)
        name = kind = str(said or str(entry["class_name"]).lower())
        while not said and name in taken:
            name = f"{kind}_{len(taken)}"
        taken.add(name)
        made.append({**entry, "name": name})
    return made


def _models(model: Config) -> list[Config]:
    """A model and every model inside it."""
    inner = [entry for entry in model["config"]["layers"] if entry["class_name"] in MODELS]
    return [model, *(one for entry in inner for one in _models(entry))]


def _old_kernels(model: Config) -> list[str]:
    entries = [entry for one in _models(model) for entry in one["config"]["layers"]]
    return [entry["name"] for entry in entries if entry["config"].get("data_format") == FIRST]


def _keep_what_is_computed(model: Config, origin: Origin) -> None:
    """The steps that keep an old network's numbers what they were; they change the model."""
    for one in _models(model):
        if origin.backend == "theano":
            keep_theano_padding(one)
        keep_hard_sigmoids(one)
        if is_old_bilinear(origin.version):
            keep_bilinear(one)
    if is_turned(model):
        turn(model)
    for one in _models(model):
        _replace_operations(one)
        _take_pictures(one)


def _replace_operations(model: Config) -> None:
    layers = model["config"]["layers"]
    names = frozenset(entry["name"] for entry in layers)
    model["config"]["layers"] = [
        replace_operation(entry, names) if entry["class_name"] in KINDS else entry for entry in layers
    ]


def _take_pictures(model: Config) -> None:
    """Let a network that first gives its rows of numbers the shape of a picture take that shape at once."""
    first, *others = model["config"]["layers"][:2]
    reshape = others[0] if first["class_name"] == "InputLayer" and others else first
    shape = first["config"].get("batch_input_shape")
    if not isinstance(shape, list) or len(shape) == 4:
        return
    if reshape["class_name"] == "Flatten" and len(shape) == 3:
        # The tutorials' network of dense layers on digits: (28, 28), laid flat, is (28, 28, 1), laid flat.
        first["config"]["batch_input_shape"] = [None, *shape[1:], 1]
    if reshape["class_name"] != "Reshape":
        return
    target = reshape["config"]["target_shape"]
    if len(target) == 3 and min(target) > 0:
        reshape |= {"class_name": "Identity", "config": {"name": reshape["name"]}}
        first["config"]["batch_input_shape"] = [None, *target]


def _in_keras_3(entry: Config) -> Config:
    """One entry in the form of Keras 3, a model with everything inside it."""
    if entry["class_name"] not in MODELS:
        return _wrapped_in_keras_3(entry)
    sequential = entry["class_name"] == "Sequential"
    module, kind = _CLASSES["Sequential" if sequential else "Functional"]
    config = entry["config"]
    layers = [_in_keras_3(layer) for layer in config["layers"]]
    name = today(str(config.get("name") or entry.get("name") or "model"))
    made: Config = {"name": name, "trainable": True}
    if sequential:
        made["layers"] = _with_input(entry, layers, name)
    else:
        made |= _graph(config, layers)
    return {"module": module, "class_name": kind, "config": made, "registered_name": kind}


def _wrapped_in_keras_3(entry: Config) -> Config:
    for key in _WRAPPERS:
        inner = entry["config"].get(key)
        if isinstance(inner, dict) and inner.get("class_name") in MODELS:
            entry["config"][key] = _in_keras_3(inner)
    return upgrade_layer(entry)


def _graph(config: Config, layers: list[Config]) -> Config:
    nodes = Nodes(config)
    for old, new in zip(config["layers"], layers, strict=True):
        new["name"] = old["name"]
        new["inbound_nodes"] = [nodes.upgrade(node) for node in old.get("inbound_nodes", [])]
    ends = {key: nodes.ends(config[key]) for key in ("input_layers", "output_layers")}
    return {"layers": layers, **ends}


def _with_input(entry: Config, layers: list[Config], name: str) -> list[Config]:
    """The layers of a Sequential behind an InputLayer: Keras 1 and 2 let the first layer say what comes in."""
    if layers and layers[0]["class_name"] == "InputLayer":
        return layers
    shape = _input_shape(entry)
    if shape is None:
        raise refuse("a network that says the shape of its pictures", "a Sequential without an input shape", name,
                     "shape")  # fmt: skip
    config = {"name": f"{name}_input", "batch_shape": [None, *shape[1:]]}
    first = {"module": "keras.layers", "class_name": "InputLayer", "config": config, "registered_name": None}
    return [first, *layers]


def _input_shape(entry: Config) -> list[Any] | None:
    """What the first layer of a model, or of the model it begins with, says about its input."""
    config = entry["config"]
    for key in ("batch_input_shape", "batch_shape", "build_input_shape"):
        if isinstance(config.get(key), list):
            return list(config[key])
    built = entry.get("build_config")
    if isinstance(built, dict) and isinstance(built.get("input_shape"), list):
        return list(built["input_shape"])
    layers = config.get("layers")
    return _input_shape(layers[0]) if isinstance(layers, list) and layers else None
