"""What an activation is, however it is written: a name, a function, a layer object, an operation of Keras."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

# Classes of layers and operations (keras.ops.silu(x) leaves one in a network), by the function that they compute.
_CLASSES = {
    "Exp": "exponential", "PReLU": "prelu", "LeakyReLU": "leaky_relu", "LeakyRelu": "leaky_relu",
    "HardSigmoid": "hard_sigmoid", "HardSilu": "hard_silu", "HardTanh": "hard_tanh", "HardShrink": "hard_shrink",
    "LogSigmoid": "log_sigmoid", "LogSoftmax": "log_softmax", "SoftShrink": "soft_shrink", "TanhShrink": "tanh_shrink",
    "SparsePlus": "sparse_plus", "SparseSigmoid": "sparse_sigmoid",
    **{name: name.lower() for name in ("Celu", "ELU", "Elu", "Gelu", "Glu", "Mish", "Selu", "Sigmoid", "Silu",
                                       "Softmax", "Softplus", "Softsign", "Squareplus", "Tanh")},
}  # fmt: skip
_KERAS = ("keras.src.ops.", "keras.src.layers.activations.", "keras.src.activations.")
# TensorFlow's functions and Keras's second names.
_FUNCTIONS = {"softmax_v2": "softmax", "log_softmax_v2": "log_softmax", "swish": "silu", "identity": "linear"}


@dataclass(frozen=True)
class Relu:
    """max(x, 0), cut off at a ceiling: 6 for ReLU6, None for ReLU; `place`: of x among what it is called with."""

    ceiling: float | None = None
    place: int = 0


def activation_name(thing: Any) -> str:
    """Which function of keras.activations a layer ends with, whoever holds it.

    Args:
        thing: a layer (a Dense or a convolution with an activation of its own, an Activation, a ReLU), an operation
            (keras.ops.relu), or what a layer has as its activation: a function, a layer object, an operation.

    Returns:
        "relu" (with any ceiling but 6), "relu6", "softmax", "silu", ...; "linear" where a layer applies none; "" for a
        softmax that is not over the last axis, for a function that Keras has not, and for a layer that is no activation
        and has none.
    """
    if isinstance(thing, keras.Layer) and "activation" in thing.__dict__:
        return activation_name(thing.__dict__["activation"])
    if thing is None:
        return "linear"
    if relu := as_relu(thing):
        return "relu6" if relu.ceiling == 6 else "relu"
    if not isinstance(thing, keras.Operation):
        name = getattr(thing, "__name__", "")
        name = _FUNCTIONS.get(name, name)
        return name if hasattr(keras.activations, name) else ""
    if type(thing).__name__ == "ReLU" and _is_keras(thing):
        return "leaky_relu" if thing.threshold == 0 and thing.max_value is None else ""
    if not _is_over_last_axis(thing):
        return ""
    return _CLASSES.get(type(thing).__name__, "") if _is_keras(thing) else ""


def as_relu(thing: Any) -> Relu | None:
    """The ReLU that a layer, an operation or a function is; None where it is another.

    Args:
        thing: as for activation_name(); of a convolution with a ReLU of its own, ask for the activation.
    """
    if isinstance(thing, keras.layers.Activation):
        return as_relu(thing.__dict__["activation"])
    if not isinstance(thing, keras.Operation):
        return {"relu": Relu(), "relu6": Relu(6.0)}.get(getattr(thing, "__name__", ""))
    rule = _RULES.get(type(thing).__name__) if _is_keras(thing) else None
    return rule(thing) if rule else None


def _layer_or_operation(it: Any) -> Relu | None:
    ceiling = None if it.max_value is None else float(it.max_value)
    return Relu(ceiling) if it.negative_slope == 0 and it.threshold == 0 else None


def _clip(it: Any) -> Relu | None:
    return Relu(float(it.x_max)) if _is_zero(it.x_min) and np.ndim(it.x_max) == 0 else None


def _maximum(it: Any) -> Relu | None:
    """keras.ops.maximum(x, 0) says what it compares with only where it is called."""
    given = list(it._inbound_nodes[0].arguments.args) if len(it._inbound_nodes) == 1 else []
    places = [place for place, one in enumerate(given) if isinstance(one, keras.KerasTensor)]
    alone = len(given) == 2 and len(places) == 1
    return Relu(place=places[0]) if alone and _is_zero(given[1 - places[0]]) else None


# By class.
_RULES: dict[str, Callable[[Any], Relu | None]] = {
    "Clip": _clip,
    "LeakyReLU": lambda it: None if it.negative_slope else Relu(),
    "LeakyRelu": lambda it: None if it.negative_slope else Relu(),
    "Maximum": _maximum,
    "ReLU": _layer_or_operation,
    "Relu": lambda it: Relu(),
    "Relu6": lambda it: Relu(6.0),
    "Threshold": lambda it: None if it.threshold or it.default_value else Relu(),
}


def _is_keras(thing: Any) -> bool:
    return type(thing).__module__.startswith(_KERAS)


def _is_over_last_axis(thing: Any) -> bool:
    """Whether a softmax is taken over classes; True for what is none."""
    axis = getattr(thing, "axis", -1)
    spec = getattr(thing, "_inbound_nodes", None)
    rank = len(spec[0].outputs[0].shape) if spec else 0
    return axis in (-1, rank - 1)


def _is_zero(value: Any) -> bool:
    return value is not None and not np.any(np.asarray(value))
