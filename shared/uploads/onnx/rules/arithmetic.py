"""Sums, products and the like: of two things that the network computes, or of one and a constant."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from shared.uploads.onnx.axes import Atom, Axes, Group, flat, matched, parted, replaced
from shared.uploads.onnx.graph import Node
from shared.uploads.onnx.network import NUMPY, Network
from shared.uploads.onnx.rules.activations import clipped
from shared.uploads.onnx.rules.convolutions import add_bias
from shared.uploads.onnx.rules.operands import Operands, Rule
from shared.uploads.onnx.values import Constant, NotTranslated, Tensor, Value

_MERGES = {"Add": "Add", "Sub": "Subtract", "Mul": "Multiply", "Max": "Maximum", "Min": "Minimum"}
_OPERATIONS = {"Div": "Divide", "Pow": "Power", **_MERGES}
_POSITIVE = frozenset({"Add", "Mul", "Div", "Min", "Max"})
# So many scales are still readable in a Rescaling.
_MOST_SCALES = 100_000


def _binary(how: str, net: Network, node: Node, operands: Operands) -> Value:
    """Two or more operands, from the left."""
    made: Value | None = operands[0]
    for other in operands[1:]:
        made = _pair(how, net, made, other)
    if not isinstance(made, Tensor | Constant):
        raise NotTranslated("without operands")
    return made


def _pair(how: str, net: Network, first: Value | None, second: Value | None) -> Value:
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        return _joined(how, net, first, second)
    if isinstance(first, Tensor) and isinstance(second, Constant):
        return _with_constant(how, net, first, second.one, behind=True)
    if isinstance(second, Tensor) and isinstance(first, Constant):
        return _with_constant(how, net, second, first.one, behind=False)
    raise NotTranslated("of constants alone")


def _joined(how: str, net: Network, first: Tensor, second: Tensor) -> Tensor:
    first, second, onnx = fitted(net, first, second)
    keras = tuple(a if a else b for a, b in zip(first.keras, second.keras, strict=True))
    positive = how in _POSITIVE and first.positive and second.positive
    positive = positive or (how == "Max" and (first.positive or second.positive))
    if how in _MERGES:
        return net.layer(_MERGES[how], {}, [[first, second]], onnx, keras, positive=positive)
    return net.layer(_OPERATIONS[how], {}, [first, second], onnx, keras, module=NUMPY, positive=positive)


def fitted(net: Network, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor, Axes]:
    """Two tensors laid out alike, and the axes of ONNX of what is made of both."""
    count = max(len(first.onnx), len(second.onnx))
    first, second = (replace(x, onnx=((),) * (count - len(x.onnx)) + x.onnx) for x in (first, second))
    first, second = _of_the_same_atoms(first, second)
    onnx = tuple(a or b for a, b in zip(first.onnx, second.onnx, strict=True))
    atoms = flat(onnx)
    if len(set(atoms)) < len(atoms):
        raise NotTranslated("of something with its own transpose")
    first_larger = set(flat(first.onnx)) == set(atoms)
    larger, smaller = (first, second) if first_larger else (second, first)
    if set(flat(larger.onnx)) != set(atoms):
        if _one_beside_the_other(first.keras, second.keras, len(atoms)):
            return first, second, onnx
        return _laid_as(net, first, onnx), _laid_as(net, second, onnx), onnx
    inside = set(flat(smaller.onnx))
    split = tuple(part for group in larger.keras for part in parted(group, inside))
    larger, smaller = net.arranged(larger, split), _laid_as(net, smaller, split)
    return (larger, smaller, onnx) if first_larger else (smaller, larger, onnx)


def _one_beside_the_other(first: Axes, second: Axes, atoms: int) -> bool:
    """Whether two tensors lie alike as they are: what one has along an axis the other has too, or does not have."""
    alike = len(first) == len(second) and all(not a or not b or a == b for a, b in zip(first, second, strict=True))
    return alike and len({atom for group in (*first, *second) for atom in group}) == atoms


def _of_the_same_atoms(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    splits: dict[Atom, Group] = {}
    renamed: dict[Atom, Group] = {}
    for a, b in zip(first.onnx, second.onnx, strict=True):
        if a and b:
            here, there = matched(a, b)
            splits |= here
            renamed |= there
    first = replace(first, onnx=replaced(first.onnx, splits), keras=replaced(first.keras, splits))
    return first, replace(second, onnx=replaced(second.onnx, renamed), keras=replaced(second.keras, renamed))


def _laid_as(net: Network, x: Tensor, axes: Axes) -> Tensor:
    here = set(flat(x.onnx))
    return net.arranged(x, tuple(tuple(atom for atom in group if atom in here) for group in axes))


def _with_constant(how: str, net: Network, x: Tensor, values: np.ndarray, behind: bool) -> Value:
    if values.ndim > len(x.onnx):
        x = replace(x, onnx=((),) * (values.ndim - len(x.onnx)) + x.onnx)
    laid = net.constant(x, values)
    along = laid.size == 1 or (laid.size == laid.shape[-1] and laid.size <= _MOST_SCALES)
    if how == "Pow":
        return _power(net, x, laid, behind)
    if how in ("Max", "Min") and laid.size == 1:
        limit = float(laid.ravel()[0])
        return clipped(net, x, *((limit, None) if how == "Max" else (None, limit)))
    line = _line(how, laid, behind) if along else None
    if line:
        return _rescaled(net, x, *line, bias=add_bias(net, x, laid) if how == "Add" else None)
    # Keras adds a row of numbers that comes second along the channels, or the rows, whichever has as many.
    pair = [x, laid] if behind and how != "Add" else [laid, x]
    return net.layer(_OPERATIONS[how], {}, pair, x.onnx, x.keras, module=NUMPY)


def _line(how: str, laid: np.ndarray, behind: bool) -> tuple[Any, Any] | None:
    """Scale and offset, numbers or one a channel; None for a quotient of a constant by what the network computes."""
    values = laid.ravel().astype(np.float64)
    one = values if values.size > 1 else values[0]
    match how, behind:
        case "Add", _:
            return 1.0, one
        case "Sub", True:
            return 1.0, -one
        case "Sub", False:
            return -1.0, one
        case "Mul", _:
            return one, 0.0
        case "Div", True:
            return 1.0 / one, 0.0
    return None


def _rescaled(net: Network, x: Tensor, scale: Any, offset: Any, bias: Tensor | None) -> Tensor:
    if bias is not None:
        return bias
    entry = net.entries[x.layer]
    if entry["class_name"] == "Rescaling" and x.once:
        # (x * a + b) * c + d
        before = entry["config"]
        entry["config"] = {
            **before,
            "scale": _plain(np.multiply(before["scale"], scale)),
            "offset": _plain(np.multiply(before["offset"], scale) + offset),
        }
        return replace(x, positive=False)
    net.count_constants(np.size(scale) + np.size(offset))
    return net.same("Rescaling", x, scale=_plain(scale), offset=_plain(offset))


def _plain(value: Any) -> Any:
    return np.asarray(value, np.float64).tolist()


def _power(net: Network, x: Tensor, laid: np.ndarray, behind: bool) -> Value:
    exponent = float(laid.ravel()[0])
    if laid.size > 1 or not behind:
        raise NotTranslated("of a constant")
    if exponent == 1:
        return x
    kind = {2.0: "Square", 0.5: "Sqrt"}.get(exponent)
    if kind:
        return net.operation(kind, x, positive=True)
    return net.layer("Power", {}, [x, exponent], x.onnx, x.keras, module=NUMPY, positive=x.positive)


def _mean(net: Network, node: Node, operands: Operands) -> Value:
    total = _binary("Add", net, node, operands)
    return _pair("Div", net, total, Constant((np.float32(len(operands)) * np.ones(1, np.float32),)))


RULES: dict[str, Rule] = {
    **{how: partial(_binary, how) for how in ("Add", "Sub", "Mul", "Div", "Pow", "Max", "Min")},
    "Sum": partial(_binary, "Add"),
    "Mean": _mean,
}
