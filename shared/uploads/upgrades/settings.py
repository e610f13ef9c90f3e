"""Initializers, regularizers, constraints and activations of old configurations, as Keras 3 writes them.

A model that is opened has its weights, so how they would start is only kept where it is known; what is not known is
left out rather than refused. An activation is part of the network: an unknown one is refused.
"""

from typing import Any

from shared.uploads.allowed_classes import ACTIVATIONS
from shared.uploads.upgrades.refusals import refuse

Config = dict[str, Any]

_SCALED = "scale mode distribution seed"
_INITIALIZERS = {
    **dict.fromkeys(("GlorotUniform", "GlorotNormal", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform"), "seed"),
    "Constant": "value",
    "Identity": "gain",
    "Ones": "",
    "Orthogonal": "gain seed",
    "RandomNormal": "mean stddev seed",
    "RandomUniform": "minval maxval seed",
    "TruncatedNormal": "mean stddev seed",
    "VarianceScaling": _SCALED,
    "Zeros": "",
}
_REGULARIZERS = {"L1": "l1", "L2": "l2", "L1L2": "l1 l2"}
_CONSTRAINTS = {
    "MaxNorm": "max_value axis",
    "MinMaxNorm": "min_value max_value rate axis",
    "NonNeg": "",
    "UnitNorm": "axis",
}
_KINDS = {
    "initializer": ("keras.initializers", _INITIALIZERS),
    "regularizer": ("keras.regularizers", _REGULARIZERS),
    "constraint": ("keras.constraints", _CONSTRAINTS),
}
# Keras 1's words, TensorFlow's own names, and the spellings of both.
_RENAMED = {
    "normal": "RandomNormal",
    "uniform": "RandomUniform",
    "zero": "Zeros",
    "one": "Ones",
    "WeightRegularizer": "L1L2",
    "L1L2Regularizer": "L1L2",
    "ActivityRegularizer": "L1L2",
}
_DISTRIBUTIONS = {"normal": "truncated_normal"}
_ACTIVATIONS = {"softmax_v2": "softmax", "relu_6": "relu6", "lrelu": "leaky_relu", "silu": "silu"}


def upgrade_setting(kind: str, value: Any) -> Config | None:
    """An initializer, regularizer or constraint in today's form.

    Args:
        kind: "initializer", "regularizer" or "constraint".
        value: a name, or an object as any Keras wrote it.

    Returns:
        {"module", "class_name", "config", "registered_name"}; None where there is none, or an unknown one.
    """
    name, config = _name_and_config(value)
    module, known = _KINDS[kind]
    found = _find(_RENAMED.get(name, name), known)
    if not found:
        return None
    if found == "MaxNorm" and "m" in config:
        config = {**config, "max_value": config["m"]}
    kept = {key: config[key] for key in known[found].split() if key in config}
    if found == "VarianceScaling":
        kept["distribution"] = _DISTRIBUTIONS.get(kept.get("distribution", ""), kept.get("distribution", "uniform"))
    return {"module": module, "class_name": found, "config": kept, "registered_name": None}


def _name_and_config(value: Any) -> tuple[str, Config]:
    if isinstance(value, str):
        return value, {}
    if not isinstance(value, dict):
        return "", {}
    config = value.get("config")
    # Keras 1 wrote {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.0005}.
    name = value.get("class_name", value.get("name"))
    return (name if isinstance(name, str) else ""), config if isinstance(config, dict) else value


def _find(name: str, known: dict[str, str]) -> str:
    """The class of a name in either spelling, "he_normal" or "HeNormal"; "" if there is none."""
    plain = name.replace("_", "").lower()
    return next((one for one in known if one.lower() == plain), "")


def upgrade_activation(value: Any, layer: str) -> str | Config:
    """The name of an activation, or a layer that serves as one (not yet upgraded).

    Args:
        value: a name, a function as Keras 2.12 and later wrote it, or a layer's configuration.
        layer: whose it is, for the message.

    Raises:
        RefusedUpload: a function that no Keras has.
    """
    if value is None:
        return "linear"
    if isinstance(value, dict):
        if isinstance(value.get("config"), dict) and value.get("class_name") != "function":
            return value
        value = value.get("config", value.get("class_name"))
    name = _ACTIVATIONS.get(value, value) if isinstance(value, str) else value
    if not isinstance(name, str) or name not in ACTIVATIONS:
        raise refuse("an activation that Keras brings", f"activation {name!r}", layer, "activation")
    return name
