"""Readable names of layers: those that the network's people gave, without the exporter's machinery."""

import re
from collections import Counter
from collections.abc import Container, Iterable

LONGEST = 100
# What exporters write in front of a network's own names.
_FRONT = ("StatefulPartitionedCall", "PartitionedCall", "model", "functional", "sequential", "graph")
_MACHINE = re.compile(
    r"(onnx::|const_fold|new_shape|.*__\d+$|\d+$|node_|n\d+$|val_\d+$|Constant_|fused)", re.IGNORECASE
)
_WEIGHT = re.compile(r"[./](weight|kernel|W|w|conv_w|gamma|scale|alpha|bias)(_\d+)?$")


def layer_name(kind: str, node: str, weight: str = "", busy: Container[str] = ()) -> str:
    """A name for the layer that computes a node.

    Args:
        kind: the operator, which is the name where there is no better.
        node: what the exporter called the node: "/layer1/layer1.0/conv1/Conv", "model/conv1/Conv2D".
        weight: name of its first stored array, "layer1.0.conv1.weight", which PyTorch keeps as it is; "" for none.
        busy: scopes that hold several nodes, from busy_scopes(): there the operator belongs to the name.

    Returns:
        Letters, digits, "_", "-" and ".": "layer1.0.conv1", "layer1.0.add".
    """
    stored = _WEIGHT.search(weight)
    if stored and not _MACHINE.match(weight) and "/" not in weight:
        return _plain(weight[: stored.start()]) or kind.lower()
    parts = _parts(node)
    last = parts.pop() if len(parts) > 1 else ""
    if last and (not last.lower().startswith(kind.lower()) or (not weight and "/".join(parts) in busy)):
        parts.append(last.lower() if last.lower().startswith(kind.lower()) else last)
    # "/layer1/layer1.0/conv1": every module repeats the name of the one around it.
    kept = [part for part, inner in zip(parts, [*parts[1:], ""], strict=True) if not inner.startswith(f"{part}.")]
    name = _plain(".".join(kept).removeprefix("node_"))
    return kind.lower() if not name or name.isdigit() or name.lower() == kind.lower() else name


def busy_scopes(nodes: Iterable[str]) -> frozenset[str]:
    """Scopes of names that hold more than one node, themselves or deeper down."""
    counts: Counter[str] = Counter()
    for node in nodes:
        parts = _parts(node)[:-1][:20]
        counts.update("/".join(parts[:end]) for end in range(1, len(parts) + 1))
    return frozenset(scope for scope, count in counts.items() if count > 1)


def _parts(node: str) -> list[str]:
    parts = [part for part in re.split(r"[/;]", node.partition(":")[0]) if part]
    while len(parts) > 1 and parts[0] in _FRONT:
        parts.pop(0)
    return parts


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name).strip("._-")[:LONGEST]
