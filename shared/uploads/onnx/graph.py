"""What an ONNX file says: its nodes, initializers, inputs and outputs. Field numbers are those of onnx.proto."""

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shared.errors import RefusedUpload, message
from shared.uploads.onnx.tensors import External, read_tensor
from shared.uploads.wire import Budget, Damaged, Message

MAX_NODES = 20_000
MAX_TENSORS = 40_000
_STANDARD = ("", "ai.onnx")
_SAVE_AGAIN = "It is cut off or damaged; export it again."
_ONE_FILE = (
    "Save it as one file: `torch.onnx.export(..., external_data=False)`, or "
    "`onnx.save(onnx.load('model.onnx'), 'one_file.onnx')`."
)


class Settings(dict[str, Any]):
    """Attributes of a node, which notes the ones that were asked for: what nobody asks for would be lost in silence."""

    def __init__(self, values: Mapping[str, Any], asked: set[str] | None = None) -> None:
        super().__init__(values)
        self._asked = set() if asked is None else asked

    def __getitem__(self, key: str) -> Any:
        self._asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._asked.add(str(key))
        return super().__contains__(key)

    def __or__(self, other: Mapping[str, Any]) -> "Settings":  # type: ignore[override]
        return Settings({**dict(self.items()), **other}, self._asked)

    def get(self, key: str, default: Any = None) -> Any:
        """As of any dictionary."""
        self._asked.add(key)
        return super().get(key, default)

    def unasked(self) -> set[str]:
        """Attributes that the node has and nobody has asked for."""
        return set(self.keys()) - self._asked


@dataclass(frozen=True)
class Node:
    """One operator.

    Attributes:
        kind: its name, with its domain where that is not ONNX's own: "Conv", "com.microsoft.FusedConv".
        inputs: names of the values it takes; "" for one that is left out.
        outputs: names of the values it makes.
        name: as the exporter called it; "" for none.
        attributes: numbers, texts, lists of them, arrays; None for a graph.
    """

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    name: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class GraphInput:
    """An input.

    Attributes:
        name: of the value.
        shape: its sides, None for one left open; None for an unknown number of sides.
        dtype: "float32" for every kind of fraction, the type of whole numbers, "" for what is no number.
    """

    name: str
    shape: tuple[int | None, ...] | None
    dtype: str = "float32"


# Types of ONNX: fractions, which are all computed in one type, and whole numbers.
_FRACTIONS = (0, 1, 10, 11, 16)
_WHOLE = {2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 12: "uint32"}


@dataclass(frozen=True)
class Graph:
    """A whole file.

    Attributes:
        nodes: in an order in which they can be computed.
        initializers: stored arrays by name.
        inputs: those without a stored value.
        outputs: names of values.
        opset: version of ONNX's own operators.
        producer: who exported it, for example "pytorch 2.9.0"; "" where the file does not say.
        name: of the graph.
    """

    nodes: tuple[Node, ...]
    initializers: dict[str, np.ndarray]
    inputs: tuple[GraphInput, ...]
    outputs: tuple[str, ...]
    opset: int
    producer: str = ""
    name: str = ""


def is_onnx(start: bytes) -> bool:
    """Whether a file begins as ONNX's do: the format's version, then who made it or one of the next fields."""
    return start[:1] == b"\x08" and 2 < start[1] < 32 and start[2:3] in (b"\x12", b"\x1a", b'"', b"(", b"2", b":", b"B")


def read_graph(data: memoryview) -> Graph:
    """Read an ONNX file.

    Args:
        data: of the whole file; initializers are views of it.

    Raises:
        RefusedUpload: it is damaged, far too large, or keeps its weights in another file.
    """
    try:
        model = Message(data, Budget())
        graph = model.message(7)
        if graph is None:
            raise Damaged("no graph")
        return _graph(model, graph)
    except External as error:
        received = f"weights in another file, {error}"[:110]
        raise RefusedUpload(message("an ONNX file with its weights inside", received, _ONE_FILE)) from error
    except Damaged as error:
        raise RefusedUpload(message("a whole ONNX file", str(error)[:110], _SAVE_AGAIN)) from error


def _graph(model: Message, graph: Message) -> Graph:
    for number, most, what in ((1, MAX_NODES, "nodes"), (5, MAX_TENSORS, "initializers")):
        if graph.count(number) > most:
            raise Damaged(f"{graph.count(number):,} {what}, more than {most:,}")
    if graph.count(15):
        raise Damaged("sparse weights")
    initializers = _named_once([(one.text(8), read_tensor(one)) for one in graph.messages(5)])
    inputs = [_input(one) for one in graph.messages(11)]
    opsets = {one.text(1): one.number(2) for one in model.messages(8)}
    nodes = [_node(one) for one in graph.messages(1)]
    made = _named_once([(name, node) for node in nodes for name in node.outputs if name])
    if twice := set(made) & set(initializers):
        raise Damaged(f"two values of the name {min(twice)}")
    return Graph(
        nodes=tuple(_in_order(nodes)),
        initializers=initializers,
        inputs=tuple(one for one in inputs if one.name not in initializers),
        outputs=tuple(one.text(1) for one in graph.messages(12)),
        opset=max((opsets[one] for one in _STANDARD if one in opsets), default=1),
        producer=f"{model.text(2)} {model.text(3).removesuffix('None')}".strip()[:60],
        name=graph.text(2)[:100],
    )


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise Damaged(f"two values of the name {counts.most_common(1)[0][0]}")
    return named


def _input(one: Message) -> GraphInput:
    kind = one.message(2)
    tensor = kind.message(1) if kind else None
    shape = tensor.message(2) if tensor else None
    if shape is None:
        return GraphInput(one.text(1), None)
    sides = [side.number(1) for side in shape.messages(1)]
    number = tensor.number(1) if tensor else 0
    dtype = "float32" if number in _FRACTIONS else _WHOLE.get(number, "")
    return GraphInput(one.text(1), tuple(side if side > 0 else None for side in sides), dtype)


def _node(one: Message) -> Node:
    domain = one.text(7)
    kind = one.text(4) if domain in _STANDARD else f"{domain}.{one.text(4)}"
    attributes = {part.text(1): _attribute(part) for part in one.messages(5)}
    return Node(kind, tuple(one.texts(1)), tuple(one.texts(2)), one.text(3), attributes)


def _attribute(one: Message) -> Any:
    kind = one.number(20) or next((kind for kind, number in _BY_FIELD.items() if one.count(number)), 0)
    match kind:
        case 1:
            return one.real(2)
        case 2:
            return one.number(3)
        case 3:
            return one.text(4)
        case 4:
            tensor = one.message(5)
            return read_tensor(tensor) if tensor else None
        case 6:
            return [float(number) for number in one.reals(7)]
        case 7:
            return [int(number) for number in one.integers(8)]
        case 8:
            return one.texts(9)
    return None


# Field of the value by the kind of an attribute: files of ONNX's first version do not say the kind.
_BY_FIELD = {1: 2, 2: 3, 3: 4, 4: 5, 6: 7, 7: 8, 8: 9}


def _in_order(nodes: list[Node]) -> list[Node]:
    """The nodes, each behind those it takes from, else as in the file."""
    made_by = {name: number for number, node in enumerate(nodes) for name in node.outputs if name}
    waits = [len({made_by[name] for name in node.inputs if name in made_by}) for node in nodes]
    takers: dict[int, list[int]] = {}
    for number, node in enumerate(nodes):
        for maker in {made_by[name] for name in node.inputs if name in made_by}:
            takers.setdefault(maker, []).append(number)
    ready = [number for number in range(len(nodes)) if not waits[number]]
    order: list[Node] = []
    while ready:
        number = heapq.heappop(ready)
        order.append(nodes[number])
        for taker in takers.get(number, ()):
            waits[taker] -= 1
            if not waits[taker]:
                heapq.heappush(ready, taker)
    if len(order) < len(nodes):
        raise Damaged("nodes that form a loop")
    return order
