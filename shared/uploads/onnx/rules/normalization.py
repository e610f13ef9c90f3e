"""Normalizations by stored or by present means and variances."""

from functools import partial

import numpy as np

from shared.uploads.onnx.axes import Group, flat
from shared.uploads.onnx.graph import Node
from shared.uploads.onnx.network import NUMPY, Network, Weight
from shared.uploads.onnx.rules.operands import Operands, Rule, array, optional, tensor
from shared.uploads.onnx.values import NotTranslated, Tensor, Value, fixed


def _weights(values: list[np.ndarray], order: np.ndarray | None, size: int) -> list[Weight]:
    if any(one.size != size for one in values):
        raise NotTranslated(f"with weights for another number of channels than {size}")
    return [partial(_ordered, one, order) for one in values]


def _ordered(values: np.ndarray, order: np.ndarray | None) -> np.ndarray:
    return np.ravel(values) if order is None else np.ravel(values)[order]


def _batch(net: Network, node: Node, operands: Operands) -> Value:
    x, values = tensor(operands), [array(operands, place) for place in range(1, 5)]
    if node.attributes.get("training_mode") or node.attributes.get("spatial", 1) == 0:
        raise NotTranslated("that normalizes by the batch at hand")
    if len(x.onnx) == 4:
        x = net.channels_last(x)
    x, order = net.with_last(x, 1)
    config = {"axis": -1, "epsilon": float(node.attributes.get("epsilon", 1e-5))}
    weights = _weights(values, order, fixed(x.shape[1]))
    return net.layer("BatchNormalization", config, [x], x.onnx, x.keras, weights=weights)


def _instance(net: Network, node: Node, operands: Operands) -> Value:
    """Every channel by itself; or, of a tensor in which channels stand in groups, every group."""
    x, scale, bias = tensor(operands), array(operands, 1), array(operands, 2)
    groups, inside = x.onnx[1], flat(x.onnx[2:])
    last = x.keras[-1]
    if len(last) > len(groups) and last[: len(groups)] == groups and set(last) <= {*groups, *inside}:
        return _groups(net, node, x, (scale, bias), groups)
    x = net.channels_last(x)
    return _groups(net, node, x, (scale, bias), groups)


def _groups(net: Network, node: Node, x: Tensor, values: tuple[np.ndarray, ...], groups: Group) -> Tensor:
    """A GroupNormalization along the last axis of Keras, whose first atoms are the groups."""
    count = int(np.prod([fixed(atom.sizes) for atom in groups], dtype=int))
    width = int(np.prod([fixed(atom.sizes) for atom in x.keras[-1]], dtype=int))
    spread = [np.repeat(np.ravel(one), width // one.size) for one in values if one.size in (count, width)]
    config = {"groups": count, "axis": -1, "epsilon": float(node.attributes.get("epsilon", 1e-5))}
    weights = _weights(spread, None, width)
    if len(weights) != 2:
        raise NotTranslated("with weights for another number of channels")
    return net.layer("GroupNormalization", config, [x], x.onnx, x.keras, weights=weights)


def _group(net: Network, node: Node, operands: Operands) -> Value:
    x = net.channels_last(tensor(operands))
    count = int(node.attributes.get("num_groups", 1))
    width = fixed(x.shape[1])
    if count < 1 or width % count:
        raise NotTranslated(f"of {count} groups of {width} channels")
    values = [np.ravel(array(operands, place)) for place in (1, 2)]
    spread = [np.repeat(one, width // one.size) for one in values if one.size in (count, width)]
    if len(spread) != 2:
        raise NotTranslated("with weights for another number of channels")
    config = {"groups": count, "axis": -1, "epsilon": float(node.attributes.get("epsilon", 1e-5))}
    weights = _weights(spread, None, width)
    return net.layer("GroupNormalization", config, [x], x.onnx, x.keras, weights=weights)


def _layer(net: Network, node: Node, operands: Operands) -> Value:
    x, scale, bias = tensor(operands), array(operands, 1), optional(operands, 2)
    count = len(x.onnx)
    if int(node.attributes.get("axis", -1)) % count != count - 1:
        raise NotTranslated("over several axes")
    x, order = net.with_last(x, count - 1)
    config = {"axis": -1, "epsilon": float(node.attributes.get("epsilon", 1e-5)), "center": bias is not None}
    weights = _weights([scale] if bias is None else [scale, bias], order, fixed(x.shape[-1]))
    return net.layer("LayerNormalization", config, [x], x.onnx, x.keras, weights=weights)


def _response(net: Network, node: Node, operands: Operands) -> Value:
    """Local response normalization (Krizhevsky et al. 2012), in four steps: a sum over neighbours is a convolution."""
    x = net.channels_last(tensor(operands))
    width, size = fixed(x.shape[1]), int(node.attributes.get("size", 1))
    alpha, beta, bias = (float(node.attributes.get(key, value)) for key, value in _RESPONSE.items())
    squared = net.layer("Square", {}, [x], x.onnx, x.keras, suffix="square", module=NUMPY, positive=True)
    config = {"filters": width, "kernel_size": [1] * (len(x.onnx) - 2), "trainable": False}
    if len(x.onnx) != 4 or size < 1 or width > _MOST_NEIGHBOURS:
        raise NotTranslated("over other things than pictures")
    weights: list[Weight] = [
        partial(_neighbours, width, size, alpha / size),
        partial(np.full, (width,), bias, np.float32),
    ]
    near_by = net.layer("Conv2D", config, [squared], x.onnx, x.keras, suffix="neighbours", weights=weights)
    scale = net.layer("Power", {}, [near_by, -beta], x.onnx, x.keras, suffix="power", module=NUMPY)
    return net.layer("Multiply", {}, [[x, scale]], x.onnx, x.keras, positive=x.positive)


def _neighbours(width: int, size: int, factor: float) -> np.ndarray:
    """A kernel that adds up channels c - floor((size - 1) / 2) to c + ceil((size - 1) / 2), each times a factor."""
    channels = np.arange(width)
    distance = channels[:, None] - channels[None, :]
    near = (distance >= -((size - 1) // 2)) & (distance <= size // 2)
    return (near * factor).astype(np.float32)[None, None]


_MOST_NEIGHBOURS = 4096
_RESPONSE = {"alpha": 1e-4, "beta": 0.75, "bias": 1.0}


RULES: dict[str, Rule] = {
    "BatchNormalization": _batch,
    "InstanceNormalization": _instance,
    "GroupNormalization": _group,
    "LayerNormalization": _layer,
    "LRN": _response,
}
