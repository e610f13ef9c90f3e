"""Activations, each a layer of its own, and operations on single numbers."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from shared.uploads.onnx.axes import flat
from shared.uploads.onnx.graph import Node
from shared.uploads.onnx.network import MATH, NUMPY, Network
from shared.uploads.onnx.rules.operands import Operands, Rule, array, optional, tensor
from shared.uploads.onnx.rules.windows import LOWEST
from shared.uploads.onnx.values import NotTranslated, Tensor, Value

_NN = "keras.src.ops.nn"
_SELU = {"alpha": 1.67326319217681884765625, "gamma": 1.05070102214813232421875}
_POSITIVE = frozenset({"sigmoid", "softmax", "softplus", "hard_sigmoid", "exponential"})


def _named(name: str, net: Network, node: Node, operands: Operands) -> Value:
    """An activation without settings."""
    return net.same("Activation", tensor(operands), activation=name, positive=name in _POSITIVE)


def _relu(net: Network, node: Node, operands: Operands) -> Value:
    return net.same("ReLU", tensor(operands), positive=True)


def _leaky(net: Network, node: Node, operands: Operands) -> Value:
    x, slope = tensor(operands), float(node.attributes.get("alpha", 0.01))
    if net.entries[x.layer]["class_name"] == "Add":
        # TensorFlow 2.21 on a CPU fuses a convolution, a sum and LeakyReLU, and forgets the slope: 0.2 for any.
        axes = list(range(1, len(x.keras)))
        made = partial(np.full, (1,) * len(axes), slope, np.float32)
        return net.layer("PReLU", {"shared_axes": axes}, [x], x.onnx, x.keras, weights=[made])
    return net.same("LeakyReLU", x, negative_slope=slope)


def _elu(net: Network, node: Node, operands: Operands) -> Value:
    return net.same("ELU", tensor(operands), alpha=float(node.attributes.get("alpha", 1.0)))


def _selu(net: Network, node: Node, operands: Operands) -> Value:
    x, own = tensor(operands), [float(node.attributes.get(key, value)) for key, value in _SELU.items()]
    if np.allclose(own, list(_SELU.values()), rtol=1e-6):
        return _named("selu", net, node, operands)
    # Older exporters write 1.6732 and 1.0507, which are other numbers.
    x = net.same("ELU", x, suffix="elu", alpha=own[0])
    return net.same("Rescaling", x, scale=own[1], offset=0.0)


def _prelu(net: Network, node: Node, operands: Operands) -> Value:
    x, slope = tensor(operands), array(operands, 1)
    if slope.size == 1:
        return net.same("LeakyReLU", x, negative_slope=float(np.ravel(slope)[0]))
    laid = net.constant(x, slope)[0]
    shared = [axis + 1 for axis, side in enumerate(laid.shape) if side == 1]
    return net.layer(
        "PReLU", {"shared_axes": shared}, [x], x.onnx, x.keras, weights=[partial(np.asarray, laid)]
    )  # fmt: skip


def _clip(net: Network, node: Node, operands: Operands) -> Value:
    x = tensor(operands)
    low, high = (_limit(node, operands, name, place) for name, place in (("min", 1), ("max", 2)))
    return clipped(net, x, low, high)


def clipped(net: Network, x: Tensor, low: float | None, high: float | None) -> Tensor:
    """A tensor with what is beyond two limits cut off: a ReLU where the lower one is 0."""
    if low == 0:
        return net.same("ReLU", x, max_value=high, positive=True) if high else net.same("ReLU", x, positive=True)
    if low is None and high is None:
        return x
    limits = {"x_min": LOWEST if low is None else low, "x_max": -LOWEST if high is None else high}
    return net.layer("Clip", limits, [x], x.onnx, x.keras, module=NUMPY, positive=(low or -1.0) > 0)


def _limit(node: Node, operands: Operands, name: str, place: int) -> float | None:
    found = optional(operands, place)
    value = float(np.ravel(found)[0]) if found is not None else node.attributes.get(name)
    return None if value is None or abs(value) >= abs(LOWEST) else float(value)


def _hard_sigmoid(net: Network, node: Node, operands: Operands) -> Value:
    x = tensor(operands)
    alpha, beta = float(node.attributes.get("alpha", 0.2)), float(node.attributes.get("beta", 0.5))
    # Keras's own is x / 6 + 0.5 between 0 and 1.
    scale, offset = alpha * 6, (beta - 0.5) * 6
    if abs(scale - 1) > 1e-6 or abs(offset) > 1e-6:
        x = net.same("Rescaling", x, suffix="line", scale=scale, offset=offset)
    return net.same("Activation", x, activation="hard_sigmoid", positive=True)


def _gelu(net: Network, node: Node, operands: Operands) -> Value:
    if node.attributes.get("approximate", "none") == "tanh":
        return net.operation("Gelu", tensor(operands), module=_NN, approximate=True)
    return _named("gelu", net, node, operands)


def _celu(net: Network, node: Node, operands: Operands) -> Value:
    return net.operation("Celu", tensor(operands), module=_NN, alpha=float(node.attributes.get("alpha", 1.0)))


def _above(net: Network, node: Node, operands: Operands) -> Value:
    limit = float(node.attributes.get("alpha", 1.0))
    made = net.operation("Threshold", tensor(operands), module=_NN, threshold=limit, default_value=0.0)
    return replace(made, positive=limit >= 0)


def _shrunk(net: Network, node: Node, operands: Operands) -> Value:
    limit, step = float(node.attributes.get("lambd", 0.5)), float(node.attributes.get("bias", 0.0))
    if limit < 0 or step not in (0.0, limit):
        raise NotTranslated(f"by {step:g} beyond {limit:g}")
    kind = "SoftShrink" if step else "HardShrink"
    return net.operation(kind, tensor(operands), module=_NN, threshold=limit)


def _softmax(name: str, net: Network, node: Node, operands: Operands) -> Value:
    x = tensor(operands)
    opset = int(node.attributes.get("opset", 13))
    count = len(x.onnx)
    axis = int(node.attributes.get("axis", 1 if opset < 13 else -1)) % count
    behind = flat(x.onnx[axis + 1 :])
    if opset < 13 and behind:
        raise NotTranslated("over several axes at once")
    x, _ = net.with_last(x, axis)
    return net.same("Activation", x, activation=name, positive=name in _POSITIVE)


def _operation(kind: str, module: str | None, net: Network, node: Node, operands: Operands) -> Value:
    x = tensor(operands)
    positive = kind in ("Absolute", "Exp", "Sqrt", "Square") or (x.positive and kind in ("Floor", "Ceil", "Round"))
    settings: dict[str, Any] = {"module": module} if module else {}
    return net.operation(kind, x, positive=positive, **settings)


RULES: dict[str, Rule] = {
    "Relu": _relu,
    "LeakyRelu": _leaky,
    "PRelu": _prelu,
    "Elu": _elu,
    "Celu": _celu,
    "Selu": _selu,
    "Clip": _clip,
    "HardSigmoid": _hard_sigmoid,
    "Gelu": _gelu,
    "ThresholdedRelu": _above,
    "Shrink": _shrunk,
    "Softmax": partial(_softmax, "softmax"),
    "LogSoftmax": partial(_softmax, "log_softmax"),
    **{kind: partial(_named, name) for kind, name in {
        "Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus", "Softsign": "softsign",
        "HardSwish": "hard_silu", "Mish": "mish", "Swish": "silu", "Exp": "exponential"}.items()},
    **{kind: partial(_operation, keras, None) for kind, keras in {
        "Sqrt": "Sqrt", "Log": "Log", "Abs": "Absolute", "Neg": "Negative", "Reciprocal": "Reciprocal",
        "Sin": "Sin", "Cos": "Cos", "Floor": "Floor", "Ceil": "Ceil", "Round": "Round", "Sign": "Sign",
        "Tan": "Tan", "Atan": "Arctan", "Asin": "Arcsin", "Acos": "Arccos", "Sinh": "Sinh", "Cosh": "Cosh"}.items()},
    "Erf": partial(_operation, "Erf", MATH),
}  # fmt: skip
