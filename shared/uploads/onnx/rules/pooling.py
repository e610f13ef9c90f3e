"""Pools and reductions."""

from dataclasses import replace
from functools import partial

import numpy as np

from shared.uploads.onnx.axes import Axes, Sizes, flat, group_sizes, parted
from shared.uploads.onnx.graph import Node
from shared.uploads.onnx.network import MATH, NUMPY, Network
from shared.uploads.onnx.rules.operands import Operands, Rule, integers, setting, tensor
from shared.uploads.onnx.rules.windows import LOWEST, Window, padded, picture_axes, read_window
from shared.uploads.onnx.values import NotTranslated, Tensor, Value, fixed

_FLATTENING = frozenset({"Flatten", "Squeeze", "Reshape"})
_PASSING = frozenset({"Dropout", "Identity"})


def _window(node: Node, x: Tensor) -> Window:
    kernel = list(node.attributes.get("kernel_shape") or [])
    if len(kernel) not in (1, 2) or len(x.onnx) != len(kernel) + 2:
        raise NotTranslated(f"over {len(kernel)} sides")
    window = read_window(node, x.shape[2:], kernel)
    if max(window.dilations) > 1:
        raise NotTranslated("with gaps")
    return window


def _pool(net: Network, kind: str, x: Tensor, window: Window) -> Tensor:
    config = {
        "pool_size": list(window.kernel),
        "strides": list(window.strides),
        "padding": "same" if window.same else "valid",
    }
    axes = picture_axes(x, window.out)
    return net.layer(f"{kind}Pooling{len(window.kernel)}D", config, [x], *axes, positive=x.positive)


def _max(net: Network, node: Node, operands: Operands) -> Value:
    x = net.channels_last(tensor(operands))
    window = _window(node, x)
    # Where nothing is below 0, a margin of zeros never is the largest.
    return _pool(net, "Max", *_margined(net, x, window, 0.0 if x.positive else LOWEST))


def _margined(net: Network, x: Tensor, window: Window, value: float) -> tuple[Tensor, Window]:
    x = padded(net, x, window.before, window.after, value)
    none = (0,) * len(window.sides)
    if window.same:
        return x, window
    parts = (tuple(x.shape[2:]), window.kernel, window.strides, window.dilations)
    return x, Window(*parts, none, none, False)


def _average(net: Network, node: Node, operands: Operands) -> Value:
    x = net.channels_last(tensor(operands))
    window = _window(replace(node, attributes=node.attributes | {"ceil_mode": 0}), x)
    whole, pads = _window(node, x), tuple(node.attributes.get("pads") or ())
    counted = bool(node.attributes.get("count_include_pad")) and any(pads)
    count = len(window.kernel)
    if _sizes(whole, net) != _sizes(window, net) or (any((*window.before, *window.after)) and not counted):
        return _partly_filled(net, x, whole, (pads[:count], pads[count:]) if counted else ((0,) * count,) * 2)
    if not counted:
        return _pool(net, "Average", x, window)
    # Keras leaves its own margins out of the mean: these are zeros of a layer.
    x = padded(net, x, pads[:count], pads[count:])
    bare = node.attributes | {"ceil_mode": 0, "pads": None}
    return _pool(net, "Average", x, _window(replace(node, attributes=bare), x))


def _partly_filled(net: Network, x: Tensor, window: Window, counted: tuple[tuple[int, ...], tuple[int, ...]]) -> Tensor:
    """A mean over windows of which a part lies outside and does not count: a mean with zeros, made larger there.

    Args:
        net: the network.
        x: what is pooled.
        window: with all its margins.
        counted: margins in front and behind whose zeros count.
    """
    if window.same:
        # Those of TensorFlow: Keras leaves them out itself.
        return _pool(net, "Average", x, window)
    shares = np.ones(())
    for side, sizes in enumerate(window.sides):
        starts = np.arange(fixed(_sizes(window, net)[side])) * window.strides[side] - window.before[side]
        ends = np.minimum(starts + window.kernel[side], fixed(sizes) + counted[1][side])
        inside = ends - np.maximum(starts, -counted[0][side])
        shares = np.multiply.outer(shares, window.kernel[side] / inside)
    x, bare = _margined(net, x, window, 0.0)
    made = _pool(net, "Average", x, bare)
    laid = shares[None, ..., None].astype(np.float32)
    return net.layer("Multiply", {}, [laid, made], made.onnx, made.keras, suffix="inside", module=NUMPY,
                     positive=made.positive)  # fmt: skip


def _sizes(window: Window, net: Network) -> list[Sizes]:
    """Sizes of what a window gives."""
    return [group_sizes(group, net.pictures) for group in window.out]


def _global(reduction: str, net: Network, node: Node, operands: Operands) -> Value:
    x = tensor(operands)
    return reduced(net, x, list(range(2, len(x.onnx))), reduction, not _flattened(net, node.outputs[0]))


def _flattened(net: Network, name: str, depth: int = 0) -> bool:
    """Whether a value is only taken to be laid flat."""
    takers = net.takers.get(name, []) if depth < 20 else []
    through = [one for one in takers if one.kind in _PASSING]
    others = [one for one in takers if one.kind not in _PASSING]
    return bool(takers) and all(one.kind in _FLATTENING for one in others) and all(
        _flattened(net, one.outputs[0], depth + 1) for one in through
    )  # fmt: skip


def reduced(net: Network, x: Tensor, axes: list[int], how: str, keep: bool) -> Tensor:
    """A tensor with some axes of ONNX reduced to one number, which stay as sides of 1.

    Args:
        net: the network.
        x: what is reduced.
        axes: of ONNX, counted from the front.
        how: "Mean", "Max", "Min", "Sum", "Prod" or "Logsumexp".
        keep: whether Keras keeps sides of 1 too, as what is put beside pictures needs them.
    """
    gone = {atom for axis in axes for atom in x.onnx[axis]}
    if any(atom.batch for atom in gone):
        raise NotTranslated("over the pictures of a batch")
    onnx = tuple(() if place in axes else group for place, group in enumerate(x.onnx))
    positive = x.positive and how != "Logsumexp"
    if axes == list(range(2, len(x.onnx))) and len(axes) in (1, 2) and how in ("Mean", "Max"):
        x = net.channels_last(x)
        kind = f"Global{'Average' if how == 'Mean' else 'Max'}Pooling{len(axes)}D"
        sides = ((),) * len(axes) if keep else ()
        keras: Axes = (x.onnx[0], *sides, x.onnx[1])
        return net.layer(kind, {"keepdims": keep}, [x], onnx, keras, positive=positive)
    if not gone:
        return Tensor(x.layer, onnx, x.keras, x.pictures, positive)
    if any(set(group) & gone and not set(group) <= gone for group in x.keras):
        whole = tuple(part for group in x.keras for part in parted(group, gone))
        x = net.arranged(x, whole)
    places = [place for place, group in enumerate(x.keras) if group and set(group) <= gone]
    keras = tuple(
        () if place in places else group for place, group in enumerate(x.keras) if keep or place not in places
    )
    config = {"axis": places, "keepdims": keep}
    module = MATH if how == "Logsumexp" else NUMPY
    return net.layer(how, config, [x], onnx, keras, module=module, positive=positive)


def _reduce(how: str, net: Network, node: Node, operands: Operands) -> Value:
    x = tensor(operands)
    said = setting(node, operands, "axes", 1)
    if said is None and node.attributes.get("noop_with_empty_axes"):
        return x
    count = len(x.onnx)
    axes = sorted(axis % count for axis in integers(said)) if said is not None else list(range(1, count))
    if said is None and count > 1 and flat(x.onnx[:1]):
        raise NotTranslated("over the pictures of a batch")
    keep = bool(node.attributes.get("keepdims", 1))
    made = reduced(net, x, axes, how, keep)
    if keep:
        return made
    onnx = tuple(group for place, group in enumerate(made.onnx) if place not in axes)
    return Tensor(made.layer, onnx, made.keras, made.pictures, made.positive)


def _reduce_changed(before: str, after: str, net: Network, node: Node, operands: Operands) -> Value:
    """A sum of what an operation makes of every number; and an operation on the sum, "" for none."""
    changed = net.operation(before, tensor(operands), positive=True) if before else tensor(operands)
    total = _reduce("Sum", net, node, [changed, *operands[1:]])
    if not after or not isinstance(total, Tensor):
        return total
    return net.operation(after, total, positive=after == "Sqrt")


def _normalized(net: Network, node: Node, operands: Operands) -> Value:
    """LpNormalization: every number over the length of its row; a row of zeros stays."""
    x, power = tensor(operands), int(node.attributes.get("p", 2))
    if power not in (1, 2):
        raise NotTranslated(f"of power {power}")
    axis = int(node.attributes.get("axis", -1)) % len(x.onnx)
    x = net.channels_last(x) if len(x.onnx) == 4 else net.arranged(x, x.onnx)
    length = net.operation("Square" if power == 2 else "Absolute", x, positive=True)
    length = reduced(net, length, [axis], "Sum", keep=True)
    if power == 2:
        length = net.operation("Sqrt", length, positive=True)
    return net.layer("DivideNoNan", {}, [x, length], x.onnx, x.keras, module=NUMPY, positive=x.positive)


RULES: dict[str, Rule] = {
    "ReduceL1": partial(_reduce_changed, "Absolute", ""),
    "ReduceL2": partial(_reduce_changed, "Square", "Sqrt"),
    "ReduceSumSquare": partial(_reduce_changed, "Square", ""),
    "ReduceLogSum": partial(_reduce_changed, "", "Log"),
    "ReduceLogSumExp": partial(_reduce, "Logsumexp"),
    "ReduceProd": partial(_reduce, "Prod"),
    "LpNormalization": _normalized,
    "MaxPool": _max,
    "AveragePool": _average,
    "GlobalAveragePool": partial(_global, "Mean"),
    "GlobalMaxPool": partial(_global, "Max"),
    "ReduceMean": partial(_reduce, "Mean"),
    "ReduceMax": partial(_reduce, "Max"),
    "ReduceMin": partial(_reduce, "Min"),
    "ReduceSum": partial(_reduce, "Sum"),
}
