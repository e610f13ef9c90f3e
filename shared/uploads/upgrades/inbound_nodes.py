"""Which layer takes what from which: the nodes of a Functional model in the form of Keras 3.

Keras 1:       [[name, call, output], ...]
Keras 2:       [[name, call, output, {argument: value}], ...]
TensorFlow's:  the same, and from 2.4 on [name, call, output, {...}] for one tensor; an argument may be a reference
Keras 3:       {"args": [...], "kwargs": {...}} with every tensor as an object
"""

from collections.abc import Iterator
from typing import Any

from shared.uploads.allowed_classes import MODELS

Config = dict[str, Any]

CONSTANT = "_CONSTANT_VALUE"
# What an old call may say besides its tensors. Masks, names and the rest were never more than None in pictures' nets.
_ARGUMENTS = frozenset({"training", "value", "key", "attention_mask", "use_causal_mask", "return_attention_scores"})


def is_reference(value: Any) -> bool:
    """Whether a value is [name, call, output] or [name, call, output, arguments]."""
    return isinstance(value, list) and len(value) in (3, 4) and isinstance(value[0], str) and isinstance(value[1], int)


def references(value: Any) -> Iterator[list[Any]]:
    """Every reference in a structure of nodes, those among the arguments included, in order."""
    if isinstance(value, dict):
        for one in value.values():
            yield from references(one)
    elif is_reference(value):
        if value[0] != CONSTANT:
            yield value
        yield from references(value[3] if len(value) == 4 else [])
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


class Nodes:
    """The calls of one model's layers, counted as Keras 3 counts them."""

    def __init__(self, config: Config) -> None:
        """Look at a Functional model of Keras 2's form: its layers' nodes and its outputs."""
        self._names = {entry["name"] for entry in config["layers"]}
        self._models = {entry["name"] for entry in config["layers"] if entry["class_name"] in MODELS - {"Sequential"}}
        # Old Keras counted a nested network's own construction as its first call, and some versions did not: the
        # lowest number that anybody names is the first call.
        self._first: dict[str, int] = {}
        for name, call, *_ in references([entry.get("inbound_nodes", []) for entry in config["layers"]]):
            self._first[name] = min(call, self._first.get(name, call))
        for name, call, *_ in references([config.get("output_layers", []), config.get("input_layers", [])]):
            self._first[name] = min(call, self._first.get(name, call))

    def upgrade(self, node: Any) -> Any:
        """One call in the form of Keras 3; one that has it already, unchanged."""
        if isinstance(node, dict) and "args" in node:
            return node
        if is_reference(node):
            node = [node]
        said: Config = next((leaf[3] for leaf in references(node) if len(leaf) == 4 and leaf[3]), {})
        kwargs = {key: self._value(value) for key, value in said.items() if key in _ARGUMENTS and value is not None}
        inputs = self._value(node)
        single = isinstance(inputs, list) and len(inputs) == 1
        return {"args": [inputs[0] if single else inputs], "kwargs": kwargs}

    def _value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._value(one) for key, one in value.items()}
        if is_reference(value) and value[0] in self._names:
            history = [value[0], value[1] - self._first.get(value[0], 0), value[2]]
            return {
                "class_name": "__keras_tensor__",
                "config": {"shape": [], "dtype": "float32", "keras_history": history},
            }
        return [self._value(one) for one in value] if isinstance(value, list) else value

    def ends(self, value: Any) -> Any:
        """`input_layers` or `output_layers` with today's numbers; one tensor stands by itself."""
        leaves = list(references(value))
        moved = [self._end(leaf) for leaf in leaves]
        return moved[0] if len(moved) == 1 else moved

    def _end(self, leaf: list[Any]) -> list[Any]:
        name, call, output = leaf[:3]
        # Here, and only here, Keras 3 still counts the construction of a nested network.
        return [name, call - self._first.get(name, 0) + (name in self._models), output]
