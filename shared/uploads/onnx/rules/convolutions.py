"""Convolutions and layers of full connection."""

from dataclasses import replace
from functools import partial
from math import prod
from typing import Any

import numpy as np

from shared.uploads.onnx.axes import atom_group, group_sizes
from shared.uploads.onnx.graph import Node
from shared.uploads.onnx.network import NUMPY, Network, Weight
from shared.uploads.onnx.rules.operands import Operands, Rule, array, optional, tensor
from shared.uploads.onnx.rules.windows import padded, picture_axes, read_window
from shared.uploads.onnx.values import NotTranslated, Tensor, Value, fixed


def _one_a_channel(x: Tensor, channels: int) -> None:
    if fixed(x.shape[1]) != channels:
        raise NotTranslated(f"a kernel for {channels} channels, where {fixed(x.shape[1])} come in")


def _as_float(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind != "f":
        raise NotTranslated("weights that are no floats")
    return values


def _convolution(net: Network, node: Node, operands: Operands) -> Value:
    x, kernel, bias = tensor(operands), _as_float(array(operands, 1)), optional(operands, 2)
    sides = kernel.ndim - 2
    if sides not in (1, 2) or len(x.onnx) != kernel.ndim:
        raise NotTranslated(f"over {sides} sides")
    groups = int(node.attributes.get("group", 1))
    _one_a_channel(x, kernel.shape[1] * groups)
    if groups < 1 or kernel.shape[0] % groups:
        raise NotTranslated(f"{groups} groups for {kernel.shape[0]} filters")
    x = net.channels_last(x)
    if max(node.attributes.get("strides") or [1]) > 1 and max(node.attributes.get("dilations") or [1]) > 1:
        # Keras has steps or gaps, not both.
        kernel = _spread(net, kernel, node.attributes["dilations"])
        node = replace(node, attributes=node.attributes | {"dilations": None})
    window = read_window(node, x.shape[2:], list(kernel.shape[2:]))
    x = padded(net, x, window.before, window.after)
    config: dict[str, Any] = {
        "kernel_size": list(window.kernel),
        "strides": list(window.strides),
        "padding": "same" if window.same else "valid",
        "dilation_rate": list(window.dilations),
        "use_bias": bias is not None,
    }
    kind, more, weights = _kernel(kernel, groups, window.strides)
    weights += [partial(np.asarray, bias)] if bias is not None else []
    axes = picture_axes(x, window.out, atom_group((kernel.shape[0],) * net.pictures))
    return net.layer(f"{kind}{sides}D", config | more, [x], *axes, weights=weights)


def _kernel(kernel: np.ndarray, groups: int, strides: tuple[int, ...]) -> tuple[str, dict[str, int], list[Weight]]:
    filters, inside = kernel.shape[:2]
    if groups > 1 and inside == 1 and len(set(strides)) == 1:
        split = kernel.reshape(groups, filters // groups, *kernel.shape[2:])
        return "DepthwiseConv", {"depth_multiplier": filters // groups}, [partial(_turned, split, (0, 1))]
    return "Conv", {"filters": filters, "groups": groups}, [partial(_turned, kernel, (1, 0))]


def _turned(kernel: np.ndarray, last: tuple[int, int]) -> np.ndarray:
    """A kernel with its sides in front and two given axes behind them."""
    return kernel.transpose(*range(2, kernel.ndim), *last)


def _transposed(net: Network, node: Node, operands: Operands) -> Value:
    x, kernel, bias = tensor(operands), _as_float(array(operands, 1)), optional(operands, 2)
    if kernel.ndim != 4 or len(x.onnx) != 4:
        raise NotTranslated(f"over {kernel.ndim - 2} sides")
    groups = int(node.attributes.get("group", 1))
    _one_a_channel(x, kernel.shape[0])
    kernel = _spread(net, _ungrouped(net, kernel, groups), node.attributes.get("dilations") or [1, 1])
    strides = list(node.attributes.get("strides") or [1, 1])
    x = net.channels_last(x)
    margins = [_margins(node, side, x, kernel, strides) for side in (0, 1)]
    same = [(kernel.shape[2 + side] - strides[side]) for side in (0, 1)]
    is_same = all(k >= 0 and m == (k // 2, k - k // 2) for k, m in zip(same, margins, strict=True))
    filters = kernel.shape[1]
    config = {
        "filters": filters,
        "kernel_size": list(kernel.shape[2:]),
        "strides": strides,
        "padding": "same" if is_same else "valid",
        "use_bias": bias is not None,
    }
    weights: list[Weight] = [partial(_turned, kernel, (1, 0))]
    weights += [partial(np.asarray, bias)] if bias is not None else []
    grown = [
        tuple(s * strides[side] + (0 if is_same else max(0, same[side])) for s in x.shape[2 + side]) for side in (0, 1)
    ]
    axes = picture_axes(x, [atom_group(one) for one in grown], atom_group((filters,) * net.pictures))
    made = net.layer("Conv2DTranspose", config, [x], *axes, weights=weights)
    if is_same:
        return made
    return padded(net, made, tuple(-before for before, _ in margins), tuple(-after for _, after in margins))


def _margins(node: Node, side: int, x: Tensor, kernel: np.ndarray, strides: list[int]) -> tuple[int, int]:
    """What is to be cut off in front and behind from what Keras gives without padding."""
    reach, stride = kernel.shape[2 + side], strides[side]
    extra = (node.attributes.get("output_padding") or [0, 0])[side]
    before, after = ((node.attributes.get("pads") or [0] * 4)[place] for place in (side, side + 2))
    how, shape = node.attributes.get("auto_pad", "NOTSET"), node.attributes.get("output_shape")
    if shape or how.startswith("SAME"):
        size = fixed(x.shape[2 + side]) if shape else 0
        out = shape[side - 2] - (size - 1) * stride if shape else stride
        total = max(0, reach + extra - out)
        before = total // 2 if how == "SAME_UPPER" else total - total // 2
        after = total - before
    behind = max(0, stride - reach) - extra + after
    if before < 0 or behind < 0:
        raise NotTranslated("with margins beyond what it reaches")
    return before, behind


def _ungrouped(net: Network, kernel: np.ndarray, groups: int) -> np.ndarray:
    """A transposed kernel of groups as one for all channels, zeros where a group sees none of another's."""
    if groups == 1:
        return kernel
    inside, outside = kernel.shape[:2]
    if groups < 1 or inside % groups:
        raise NotTranslated(f"with {groups} groups")
    net.count_written_out(kernel.size * groups)
    whole = np.zeros((inside, outside * groups, *kernel.shape[2:]), kernel.dtype)
    step = inside // groups
    for group in range(groups):
        rows = slice(group * step, (group + 1) * step)
        whole[rows, group * outside : (group + 1) * outside] = kernel[rows]
    return whole


def _spread(net: Network, kernel: np.ndarray, gaps: list[int]) -> np.ndarray:
    """A kernel with its gaps written out as zeros."""
    if max(gaps) == 1 or len(gaps) != kernel.ndim - 2:
        return kernel
    sides = [(k - 1) * d + 1 for k, d in zip(kernel.shape[2:], gaps, strict=True)]
    if min(gaps) < 1:
        raise NotTranslated("with gaps below 1")
    net.count_written_out(prod((*kernel.shape[:2], *sides)))
    whole = np.zeros((*kernel.shape[:2], *sides), kernel.dtype)
    whole[(slice(None), slice(None), *(slice(None, None, gap) for gap in gaps))] = kernel
    return whole


def _dense(net: Network, x: Tensor, kernel: np.ndarray, bias: np.ndarray | None = None, scale: float = 1) -> Tensor:
    """A layer of full connection along the last axis of ONNX.

    Args:
        net: the network.
        x: what comes in.
        kernel: (inside, outside).
        bias: (outside), or None.
        scale: by which the kernel is multiplied.
    """
    axis = len(x.onnx) - 1
    if axis < 1 or kernel.shape[0] != fixed(x.shape[-1]):
        raise NotTranslated(f"a matrix of {kernel.shape[0]} rows for {x.shape[-1][0]} numbers")
    x, order = net.with_last(x, axis)
    made = atom_group((kernel.shape[1],) * net.pictures)
    weights: list[Weight] = [partial(_rows, kernel, order, scale)]
    weights += [partial(np.asarray, bias)] if bias is not None else []
    config = {"units": kernel.shape[1], "use_bias": bias is not None}
    return net.layer("Dense", config, [x], (*x.onnx[:-1], made), (*x.keras[:-1], made), weights=weights)


def _rows(kernel: np.ndarray, order: np.ndarray | None, scale: float) -> np.ndarray:
    rows = kernel if order is None else kernel[order]
    return rows if scale == 1 else rows * np.float32(scale)


def _gemm(net: Network, node: Node, operands: Operands) -> Value:
    x, kernel, bias = tensor(operands), _as_float(array(operands, 1)), optional(operands, 2)
    if node.attributes.get("transA") or len(x.onnx) != 2 or kernel.ndim != 2:
        raise NotTranslated("of a transposed input")
    if node.attributes.get("transB"):
        kernel = kernel.T
    if bias is not None:
        bias = np.broadcast_to(np.ravel(bias) * np.float32(node.attributes.get("beta", 1.0)), (kernel.shape[1],))
    return _dense(net, x, kernel, bias, float(node.attributes.get("alpha", 1.0)))


def _matmul(net: Network, node: Node, operands: Operands) -> Value:
    first, second = operands
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        return _product(net, first, second)
    kernel = _as_float(array(operands, 1))
    if kernel.ndim != 2:
        raise NotTranslated(f"with a constant of {kernel.ndim} axes")
    return _dense(net, tensor(operands), kernel)


def _product(net: Network, first: Tensor, second: Tensor) -> Tensor:
    """A product of two things that the network computes, as in attention."""
    if len(first.onnx) != len(second.onnx) or len(first.onnx) < 3:
        raise NotTranslated("of different numbers of axes")
    first, second = net.arranged(first, first.onnx), net.arranged(second, second.onnx)
    outside = [atom_group(group_sizes(group, net.pictures)) for group in (first.onnx[-2], second.onnx[-1])]
    axes = (*first.onnx[:-2], *outside)
    return net.layer("Matmul", {}, [first, second], axes, axes, module=NUMPY)


def add_bias(net: Network, x: Tensor, values: np.ndarray) -> Tensor | None:
    """Put what is added behind a layer of weights into the layer; None where that is not possible.

    Args:
        net: the network.
        x: what the layer gives, taken by the addition alone.
        values: laid out as Keras has the tensor.
    """
    entry = net.entries[x.layer]
    weighted = entry["class_name"].startswith(("Conv", "Depthwise", "Dense"))
    if not weighted or not x.once or entry["config"]["use_bias"] or values.size not in (1, values.shape[-1]):
        return None
    entry["config"]["use_bias"] = True
    width = x.keras_shape[-1]
    net.weights[x.layer] += (partial(np.broadcast_to, np.ravel(values), (width,)),)
    return x


RULES: dict[str, Rule] = {
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "Gemm": _gemm,
    "MatMul": _matmul,
}
