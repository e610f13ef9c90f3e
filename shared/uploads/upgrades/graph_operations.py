"""Nodes of TensorFlow's graph, which 2.0 to 2.3 wrote into a network, in the words of TensorFlow's functions.

A node names an operation and its attributes, as the JSON of a protocol buffer: numbers as text, text in base 64. What
is constant lies beside it, by its place among the inputs.
"""

import base64
import re
from collections.abc import Callable
from typing import Any

from shared.uploads.configs import parse_config

Config = dict[str, Any]
Constants = dict[int, Any]

_NAMES = {
    "Abs": "math.abs", "Add": "math.add", "AddV2": "math.add", "AvgPool": "nn.avg_pool", "BiasAdd": "nn.bias_add",
    "ConcatV2": "concat", "Div": "math.divide", "Elu": "nn.elu", "Exp": "math.exp", "Identity": "identity",
    "LeakyRelu": "nn.leaky_relu", "Max": "math.reduce_max", "Maximum": "math.maximum", "MaxPool": "nn.max_pool",
    "Mean": "math.reduce_mean", "Minimum": "math.minimum", "Mul": "math.multiply", "Neg": "math.negative",
    "Pad": "pad", "Pow": "math.pow", "RealDiv": "math.truediv", "Relu": "nn.relu", "Relu6": "nn.relu6",
    "Reshape": "reshape", "ResizeBilinear": "image.resize", "ResizeNearestNeighbor": "image.resize",
    "Selu": "nn.selu", "Sigmoid": "math.sigmoid", "Softmax": "nn.softmax", "Softplus": "math.softplus",
    "Sqrt": "math.sqrt", "Square": "math.square", "StridedSlice": "__operators__.getitem", "Sub": "math.subtract",
    "Tanh": "math.tanh", "Transpose": "transpose",
}  # fmt: skip


def graph_function(config: Config) -> str:
    """Which function of TensorFlow a node is, without "tf."; the operation's own name where that is not known."""
    known = _node(config).get("op")
    operation = str(known or re.sub(r"_\d+$", "", str(config["name"]).removeprefix("tf_op_layer_")))
    return _NAMES.get(operation, operation)


def graph_call(config: Config, tensors: list[Any]) -> tuple[list[Any], Config]:
    """What a node takes.

    Args:
        config: of its layer: `node_def` and `constants`.
        tensors: references to what comes from other layers.

    Returns:
        Operands in order, and the options of the function that the node is.
    """
    constants = {int(place): value for place, value in (config.get("constants") or {}).items()}
    node = _node(config)
    attributes = {key: _value(value) for key, value in (node.get("attr") or {}).items()}
    settled = _OPTIONS.get(str(node.get("op")))
    if settled:
        return tensors, settled(attributes, constants)
    operands = list(tensors)
    for place in sorted(constants):
        operands.insert(place, constants[place])
    return operands, {}


def _node(config: Config) -> Config:
    node = config.get("node_def")
    node = parse_config(node.encode(), "node_def") if isinstance(node, str) and node.startswith("{") else node
    return node if isinstance(node, dict) else {}


def _value(attribute: Config) -> Any:
    """An attribute's value; a list of numbers as such."""
    if "list" in attribute:
        return [int(one) for one in attribute["list"].get("i", [])]
    if "s" in attribute:
        return base64.b64decode(attribute["s"]).decode(errors="replace")
    if "i" in attribute:
        return int(attribute["i"])
    return attribute.get("b", attribute.get("f"))


def _reduced(attributes: Config, constants: Constants) -> Config:
    return {"axis": constants.get(1), "keepdims": bool(attributes.get("keep_dims"))}


def _pooled(attributes: Config, constants: Constants) -> Config:
    return {key: attributes.get(key) for key in ("ksize", "strides", "padding", "data_format")}


def _resized(method: str) -> Callable[[Config, Constants], Config]:
    def options(attributes: Config, constants: Constants) -> Config:
        # Without half_pixel_centers it is TensorFlow 1's resize, which computes something else.
        return {"size": constants.get(1) if attributes.get("half_pixel_centers") else None, "method": method}

    return options


def _sliced(attributes: Config, constants: Constants) -> Config:
    masks = {key: int(attributes.get(f"{key}_mask") or 0) for key in ("begin", "end", "ellipsis", "new_axis",
                                                                      "shrink_axis")}  # fmt: skip
    starts, stops, steps = (constants.get(place) for place in (1, 2, 3))
    if masks["new_axis"] or masks["shrink_axis"] or not (starts and stops and steps):
        return {"slice_spec": None}
    items: list[Config] = []
    for number, (start, stop, step) in enumerate(zip(starts, stops, steps, strict=True)):
        bit = 1 << number
        side = {"start": None if masks["begin"] & bit else start, "stop": None if masks["end"] & bit else stop}
        items.append({"class_name": "__ellipsis__"} if masks["ellipsis"] & bit else {**side, "step": step})
    return {"slice_spec": items}


_OPTIONS: dict[str, Callable[[Config, Constants], Config]] = {
    "AvgPool": _pooled,
    "LeakyRelu": lambda attributes, constants: {"alpha": attributes.get("alpha", 0.2)},
    "Max": _reduced,
    "MaxPool": _pooled,
    "Mean": _reduced,
    "Pad": lambda attributes, constants: {"paddings": constants.get(1)},
    "Reshape": lambda attributes, constants: {"shape": constants.get(1)},
    "ResizeBilinear": _resized("bilinear"),
    "ResizeNearestNeighbor": _resized("nearest"),
    "StridedSlice": _sliced,
    "Transpose": lambda attributes, constants: {"perm": constants.get(1)},
}
