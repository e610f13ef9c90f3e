"""Several nodes that are one activation or normalization, as exporters write what ONNX has no operator for."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shared.uploads.onnx.graph import Graph, Node

# A pattern: an operator and what it takes; a number; or a name that stands for any value, the same each time.
Pattern = Any
_SIXTH = 1 / 6
_X = "x"
_CLIP = ("Clip", ("Add", _X, 3.0), 0.0, 6.0)
_RELU6 = ("Min", ("Relu", ("Add", _X, 3.0)), 6.0)
_ERF = [("Erf", ("Div", _X, 2**0.5)), ("Erf", ("Mul", _X, 0.5**0.5))]
_CENTRED = ("Sub", _X, ("ReduceMean", _X))
_VARIANCES = [("ReduceMean", ("Pow", _CENTRED, 2.0)), ("ReduceMean", ("Mul", _CENTRED, _CENTRED))]
_PATTERNS: list[tuple[str, Pattern]] = [
    ("Swish", ("Mul", _X, ("Sigmoid", _X))),
    ("Mish", ("Mul", _X, ("Tanh", ("Softplus", _X)))),
    ("HardSwish", ("Mul", _X, ("HardSigmoid", _X))),
    *[("HardSwish", pattern) for clip in (_CLIP, _RELU6) for pattern in (
        ("Mul", _X, ("Div", clip, 6.0)), ("Mul", _X, ("Mul", clip, _SIXTH)), ("Div", ("Mul", _X, clip), 6.0),
        ("Mul", ("Mul", _X, clip), _SIXTH), ("Mul", ("Mul", _X, _SIXTH), clip))],
    *[("HardSigmoid", pattern) for clip in (_CLIP, _RELU6) for pattern in (("Div", clip, 6.0), ("Mul", clip, _SIXTH))],
    *[("Gelu", pattern) for erf in _ERF for pattern in (
        ("Mul", ("Mul", _X, ("Add", erf, 1.0)), 0.5), ("Mul", ("Mul", _X, 0.5), ("Add", erf, 1.0)),
        ("Mul", _X, ("Mul", ("Add", erf, 1.0), 0.5)))],
    *[("LayerNormalization", ("Add", ("Mul", ("Div", _CENTRED, ("Sqrt", ("Add", variance, "epsilon"))), "scale"),
                              "bias")) for variance in _VARIANCES],
]  # fmt: skip
_COMMUTATIVE = frozenset({"Add", "Mul", "Min"})


def fused(graph: Graph) -> tuple[Node, ...]:
    """The nodes of a graph, each that ends a pattern replaced by one node; what it needed before may be unneeded."""
    made = {name: node for node in graph.nodes for name in node.outputs if name}
    constants = {name: one for name, one in graph.initializers.items() if one.size == 1 and one.dtype.kind in "fiu"}
    for node in graph.nodes:
        if node.kind == "Constant" and isinstance(node.attributes.get("value"), np.ndarray):
            constants |= {node.outputs[0]: node.attributes["value"]} if node.attributes["value"].size == 1 else {}
    matcher = _Matcher(made, constants)
    return tuple(matcher.replace(node) for node in graph.nodes)


class _Matcher:
    def __init__(self, made: Mapping[str, Node], constants: Mapping[str, np.ndarray]) -> None:
        self._made = made
        self._constants = constants

    def replace(self, node: Node) -> Node:
        for kind, pattern in _PATTERNS:
            bound = self._match_node(node, pattern, {}) if node.kind == pattern[0] else None
            if bound is not None and (new := self._as_one(kind, node, bound)):
                return new
        return node

    def _as_one(self, kind: str, node: Node, bound: dict[str, str]) -> Node | None:
        if kind == "LayerNormalization":
            return self._normalization(node, bound)
        attributes = {"alpha": _SIXTH, "beta": 0.5} if kind == "HardSigmoid" else {}
        if kind == "HardSwish" and not self._is_sixth(node):
            return None
        return Node(kind, (bound[_X],), node.outputs, node.name, attributes)

    def _is_sixth(self, node: Node) -> bool:
        """Whether a HardSigmoid among a node's inputs has the slope that HardSwish has."""
        makers = [self._made.get(name) for name in node.inputs]
        slopes = [one.attributes.get("alpha", 0.2) for one in makers if one and one.kind == "HardSigmoid"]
        return all(abs(slope - _SIXTH) < 1e-4 for slope in slopes)

    def _normalization(self, node: Node, bound: dict[str, str]) -> Node | None:
        epsilon = self._constants.get(bound["epsilon"])
        mean = next(one for one in self._made.values() if one.kind == "ReduceMean" and one.inputs[0] == bound[_X])
        if epsilon is None or mean.attributes.get("axes") != [-1] or not mean.attributes.get("keepdims", 1):
            return None
        attributes = {"axis": -1, "epsilon": float(np.ravel(epsilon)[0])}
        return Node(
            "LayerNormalization", (bound[_X], bound["scale"], bound["bias"]), node.outputs, node.name, attributes
        )

    def _match(self, value: str | float | None, pattern: Pattern, bound: dict[str, str]) -> dict[str, str] | None:
        if isinstance(pattern, float):
            number = self._number(value)
            near = number is not None and abs(number - pattern) <= 1e-4 * max(1.0, abs(pattern))
            return bound if near else None
        if not isinstance(value, str):
            return None
        if isinstance(pattern, str):
            return bound if bound.get(pattern) == value else {**bound, pattern: value} if pattern not in bound else None
        node = self._made.get(value)
        return self._match_node(node, pattern, bound) if node and node.kind == pattern[0] else None

    def _match_node(self, node: Node, pattern: Pattern, bound: dict[str, str]) -> dict[str, str] | None:
        values = _operands(node)
        parts = pattern[1:]
        if len(values) < len(parts) or (len(values) > len(parts) and node.kind != "ReduceMean"):
            return None
        orders: list[Sequence[Any]] = [values, values[::-1]] if node.kind in _COMMUTATIVE else [values]
        for order in orders:
            found: dict[str, str] | None = bound
            for value, part in zip(order, parts, strict=False):
                found = self._match(value, part, found) if found is not None else None
            if found is not None:
                return found
        return None

    def _number(self, value: str | float | None) -> float | None:
        if isinstance(value, str):
            found = self._constants.get(value)
            return None if found is None else float(np.ravel(found)[0])
        return value


def _operands(node: Node) -> list[str | float | None]:
    """Inputs of a node, with the limits that a Clip of older versions keeps as attributes."""
    if node.kind == "Clip" and len(node.inputs) == 1:
        return [node.inputs[0], node.attributes.get("min"), node.attributes.get("max")]
    return list(node.inputs)
