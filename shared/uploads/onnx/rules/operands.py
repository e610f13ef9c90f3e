"""What rules ask of a node: its operands and attributes, of the kind that they can use."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from shared.uploads.onnx.graph import Node
from shared.uploads.onnx.network import Network
from shared.uploads.onnx.values import Constant, NotTranslated, Tensor, Value

Operands = Sequence[Value | None]
# From the network so far, a node and its operands to what the node gives: one value, or several.
Rule = Callable[[Network, Node, Operands], Value | list[Value]]


def tensor(operands: Operands, place: int = 0) -> Tensor:
    """An operand that the network computes."""
    found = operands[place] if place < len(operands) else None
    if not isinstance(found, Tensor):
        raise NotTranslated("of a constant")
    return found


def optional(operands: Operands, place: int) -> np.ndarray | None:
    """An operand that is known, or None where it is left out."""
    found = operands[place] if place < len(operands) else None
    if isinstance(found, Tensor):
        raise NotTranslated("whose weights or settings are computed")
    return found.one if isinstance(found, Constant) else None


def array(operands: Operands, place: int) -> np.ndarray:
    """An operand that is known."""
    found = optional(operands, place)
    if found is None:
        raise NotTranslated("without weights")
    return found


def integers(values: np.ndarray | Sequence[int]) -> list[int]:
    """Numbers of a shape or of axes."""
    return [int(one) for one in np.ravel(np.asarray(values))]


def setting(node: Node, operands: Operands, name: str, place: int, default: Any = None) -> Any:
    """What older versions keep as an attribute and later ones as an operand; a list, or the default."""
    found = optional(operands, place)
    if found is not None:
        return np.ravel(found).tolist()
    return node.attributes.get(name, default)
