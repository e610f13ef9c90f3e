"""Nodes whose inputs are all known: computed here, once for every picture that is tried, and bounded.

Exporters write shapes as chains of such nodes (Shape, Gather, Mul, Concat, ...), and constants that they did not fold.
"""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from shared.uploads.onnx.graph import Node
from shared.uploads.onnx.values import Constant, NotTranslated

Arrays = Sequence[np.ndarray | None]

MAX_SIZE = 30_000_000
MAX_RANK = 10
_DTYPES = {
    1: "f4", 2: "u1", 3: "i1", 4: "u2", 5: "i2", 6: "i4", 7: "i8", 9: "?", 10: "f2", 11: "f8", 12: "u4", 13: "u8"
}  # fmt: skip


class Folder:
    """Computes constants, so many numbers in all."""

    def __init__(self, most: int = 200_000_000) -> None:
        self._left = most

    def fold(self, node: Node, operands: Sequence[Constant | None], pictures: int) -> Constant:
        """What a node gives.

        Raises:
            NotTranslated: there is no rule for it, or the result is far too large.
        """
        rule = _RULES.get(node.kind)
        if rule is None:
            raise NotTranslated("of constants")
        made: list[np.ndarray] = []
        for picture in range(pictures):
            arrays = [one.values[picture] if one else None for one in operands]
            alike = made and all(one is None or one.values[picture] is one.values[0] for one in operands)
            made.append(made[0] if alike else self._one(rule, node, arrays))
        return Constant(tuple(made))

    def _one(self, rule: Callable[[Node, Any], Any], node: Node, arrays: Arrays) -> np.ndarray:
        self._left -= _size(node, arrays)
        if self._left < 0:
            raise NotTranslated("of constants without end")
        try:
            with np.errstate(all="ignore"):
                return np.asarray(rule(node, arrays))
        except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, MemoryError) as error:
            raise NotTranslated(f"of constants that do not fit ({type(error).__name__})") from error


def _size(node: Node, arrays: Arrays) -> int:
    """Numbers that a node will make, at most; compared before any is made."""
    known = [one for one in arrays if one is not None]
    size = sum(one.size for one in known)
    try:
        if node.kind in _BROADCAST:
            size = prod(np.broadcast_shapes(*(one.shape for one in known)))
        if node.kind in ("ConstantOfShape", "Expand"):
            size = max(size, prod(int(one) for one in np.ravel(known[-1])))
        if node.kind == "Gather":
            size = prod(known[0].shape) // max(1, known[0].shape[_axis(node, known[0])]) * known[1].size
        if node.kind == "Range":
            start, end, step = (float(one) for one in known)
            size = int(abs((end - start) / step)) + 1
    except (ValueError, LookupError, ArithmeticError) as error:
        raise NotTranslated("of constants that do not fit") from error
    if size > MAX_SIZE:
        raise NotTranslated(f"of {size:,} numbers at once")
    return size


def _axis(node: Node, values: np.ndarray) -> int:
    return int(node.attributes.get("axis", 0)) % max(1, values.ndim)


def _axes(node: Node, arrays: Arrays, place: int = 1) -> tuple[int, ...] | None:
    said = arrays[place] if len(arrays) > place and arrays[place] is not None else node.attributes.get("axes")
    return None if said is None else tuple(int(one) for one in np.ravel(said))


def _constant(node: Node, arrays: Arrays) -> Any:
    for key, dtype in (("value_float", "f4"), ("value_int", "i8"), ("value_floats", "f4"), ("value_ints", "i8")):
        if key in node.attributes:
            return np.array(node.attributes[key], dtype)
    value = node.attributes["value"]
    if not isinstance(value, np.ndarray):
        raise TypeError("no numbers")
    return value


def _filled(node: Node, arrays: Any) -> Any:
    value = node.attributes.get("value")
    return np.full([int(one) for one in arrays[0]], 0.0 if value is None else np.ravel(value)[0],
                   np.float32 if value is None else value.dtype)  # fmt: skip


def _divided(node: Node, arrays: Any) -> Any:
    first, second = arrays
    if first.dtype.kind in "iu" and second.dtype.kind in "iu":
        return np.trunc(first / second).astype(first.dtype)
    return first / second


def _reshaped(node: Node, arrays: Any) -> Any:
    values, shape = arrays[0], [int(one) for one in np.ravel(arrays[1])]
    if not node.attributes.get("allowzero"):
        shape = [values.shape[place] if side == 0 else side for place, side in enumerate(shape)]
    return values.reshape(shape)


def _unsqueezed(node: Node, arrays: Any) -> Any:
    axes = _axes(node, arrays) or ()
    if arrays[0].ndim + len(axes) > MAX_RANK:
        raise ValueError("too many axes")
    return np.expand_dims(arrays[0], axes)


def _squeezed(node: Node, arrays: Any) -> Any:
    return np.squeeze(arrays[0], _axes(node, arrays))


def _sliced(node: Node, arrays: Any) -> Any:
    values = arrays[0]
    if len(arrays) > 1:
        starts, ends = arrays[1:3]
        axes = arrays[3] if len(arrays) > 3 and arrays[3] is not None else range(len(starts))
        steps = arrays[4] if len(arrays) > 4 and arrays[4] is not None else [1] * len(starts)
    else:
        starts, ends = node.attributes["starts"], node.attributes["ends"]
        axes, steps = node.attributes.get("axes") or range(len(starts)), [1] * len(starts)
    key = [slice(None)] * values.ndim
    for axis, start, end, step in zip(axes, starts, ends, steps, strict=True):
        key[int(axis)] = slice(int(start), None if step < 0 and end < -(2**31) else int(end), int(step))
    return values[tuple(key)]


def _dequantized(node: Node, arrays: Any) -> Any:
    values, scale, zero = arrays[0], arrays[1], arrays[2] if len(arrays) > 2 else None
    if node.attributes.get("block_size") or (scale.size > 1 and scale.ndim != 1):
        raise ValueError("quantized in blocks")
    shape = [1] * values.ndim
    if scale.size > 1:
        shape[int(node.attributes.get("axis", 1))] = scale.size
    shifted = values.astype(np.float32) - (0 if zero is None else zero.astype(np.float32).reshape(shape))
    return shifted * scale.astype(np.float32).reshape(shape)


def _clipped(node: Node, arrays: Any) -> Any:
    low, high = (arrays[place] if len(arrays) > place else node.attributes.get(name) for place, name in _LIMITS)
    return np.clip(arrays[0], low, high)


_LIMITS = ((1, "min"), (2, "max"))


def _normalized(node: Node, arrays: Any) -> Any:
    """A BatchNormalization of a kernel, as weight standardization is written."""
    values, scale, bias, mean, variance = arrays
    axes = tuple(axis for axis in range(values.ndim) if axis != 1)
    if node.attributes.get("training_mode"):
        mean, variance = values.mean(axes), values.var(axes)
    shape = [-1 if axis == 1 else 1 for axis in range(values.ndim)]
    factor = scale / np.sqrt(variance + node.attributes.get("epsilon", 1e-5))
    return values * factor.reshape(shape) + (bias - mean * factor).reshape(shape)


def _cast(node: Node, arrays: Any) -> Any:
    return arrays[0].astype(_DTYPES[node.attributes["to"]])


def _gathered(node: Node, arrays: Any) -> Any:
    return np.take(arrays[0], arrays[1].astype(np.int64), axis=_axis(node, arrays[0]))


def _summed_up(node: Node, arrays: Any) -> Any:
    if node.attributes.get("exclusive") or node.attributes.get("reverse"):
        raise ValueError("summed up backwards")
    return np.cumsum(arrays[0], axis=int(np.ravel(arrays[1])[0]), dtype=arrays[0].dtype)


def _reduced(how: Callable[..., Any]) -> Callable[[Node, Any], Any]:
    def rule(node: Node, arrays: Any) -> Any:
        return how(arrays[0], axis=_axes(node, arrays), keepdims=bool(node.attributes.get("keepdims", 1)))

    return rule


def _plain(how: Callable[..., Any]) -> Callable[[Node, Any], Any]:
    return lambda node, arrays: how(*arrays)


_BINARY: dict[str, Callable[..., Any]] = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Pow": np.power, "Equal": np.equal, "Greater": np.greater,
    "Less": np.less, "And": np.logical_and, "Or": np.logical_or, "Min": np.minimum, "Max": np.maximum, "Mod": np.mod,
    "Where": np.where,
}  # fmt: skip
_UNARY: dict[str, Callable[..., Any]] = {
    "Floor": np.floor, "Ceil": np.ceil, "Neg": np.negative, "Abs": np.abs, "Sqrt": np.sqrt, "Exp": np.exp,
    "Log": np.log, "Not": np.logical_not, "Identity": np.asarray, "Reciprocal": np.reciprocal, "Round": np.round,
    "Size": np.size, "Sin": np.sin, "Cos": np.cos,
}  # fmt: skip
_BROADCAST = frozenset({*_BINARY, "Div"})
_RULES: dict[str, Callable[[Node, Any], Any]] = {
    **{kind: _plain(how) for kind, how in {**_BINARY, **_UNARY}.items()},
    "Div": _divided,
    "Constant": _constant,
    "Clip": _clipped,
    "BatchNormalization": _normalized,
    "ConstantOfShape": _filled,
    "Shape": lambda node, arrays: np.array(arrays[0].shape, np.int64),
    "Gather": _gathered,
    "Cast": _cast,
    "CumSum": _summed_up,
    "Concat": lambda node, arrays: np.concatenate(arrays, axis=_axis(node, arrays[0])),
    "Unsqueeze": _unsqueezed,
    "Squeeze": _squeezed,
    "Slice": _sliced,
    "Reshape": _reshaped,
    "Transpose": lambda node, arrays: np.transpose(arrays[0], node.attributes.get("perm")),
    "Range": lambda node, arrays: np.arange(*(one.item() for one in arrays), dtype=arrays[0].dtype),
    "Expand": lambda node, arrays: arrays[0] * np.ones([int(one) for one in arrays[1]], arrays[0].dtype),
    "DequantizeLinear": _dequantized,
    "ReduceProd": _reduced(np.prod),
    "ReduceSum": _reduced(np.sum),
    "ReduceMean": _reduced(np.mean),
    "ReduceMax": _reduced(np.max),
    "ReduceMin": _reduced(np.min),
    "ReduceL1": _reduced(lambda values, **how: np.abs(values).sum(**how)),
    "ReduceL2": _reduced(lambda values, **how: np.sqrt(np.square(values).sum(**how))),
    "ReduceSumSquare": _reduced(lambda values, **how: np.square(values).sum(**how)),
}
FOLDED = frozenset(_RULES)
