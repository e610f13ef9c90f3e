"""Parts of a tensor, and several joined: what is taken, repeated, put one behind the other, or given margins."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from shared.uploads.onnx.axes import Axes, Group, Sizes, atom_group, group_sizes
from shared.uploads.onnx.graph import Node
from shared.uploads.onnx.network import NUMPY, Network
from shared.uploads.onnx.rules.operands import Operands, Rule, array, integers, optional, setting, tensor
from shared.uploads.onnx.rules.windows import padded
from shared.uploads.onnx.values import Constant, NeedsFixedSize, NotTranslated, Tensor, Value, fixed


def _concat(net: Network, node: Node, operands: Operands) -> Value:
    parts = [tensor(operands, place) for place in range(len(operands))]
    return joined(net, parts, int(node.attributes.get("axis", 1)) % len(parts[0].onnx))


def joined(net: Network, parts: list[Tensor], axis: int) -> Tensor:
    """Tensors one behind the other along an axis of ONNX."""
    if len(parts) == 1:
        return parts[0]
    if any(atom.batch for atom in parts[0].onnx[axis]):
        raise NotTranslated("of pictures of a batch")
    laid = [_with_own_axis(net, part, axis) for part in parts]
    first, place = laid[0]
    rest = [_laid_like(net, first, other, axis, place) for other, _ in laid[1:]]
    sizes = [group_sizes(one.onnx[axis], net.pictures) for one in (first, *rest)]
    whole = atom_group(tuple(sum(one) for one in zip(*sizes, strict=True)))
    onnx = (*first.onnx[:axis], whole, *first.onnx[axis + 1 :])
    keras = (*first.keras[:place], whole, *first.keras[place + 1 :])
    positive = all(part.positive for part in parts)
    return net.layer("Concatenate", {"axis": place}, [[first, *rest]], onnx, keras, positive=positive)


def _with_own_axis(net: Network, x: Tensor, axis: int) -> tuple[Tensor, int]:
    """A tensor with an axis of ONNX as an axis of its own, of size 1 too."""
    if x.onnx[axis]:
        return net.with_axis(x, axis)
    order = (0, 2, 3, 1) if len(x.onnx) == 4 else tuple(range(len(x.onnx)))
    return net.arranged(x, tuple(x.onnx[place] for place in order)), order.index(axis)


def _laid_like(net: Network, first: Tensor, other: Tensor, axis: int, place: int) -> Tensor:
    """A tensor laid out as another one, the axis along which they are joined aside."""
    bare = replace(other, onnx=(*other.onnx[:axis], (), *other.onnx[axis + 1 :]))
    like = replace(first, onnx=(*first.onnx[:axis], (), *first.onnx[axis + 1 :]))
    own = other.onnx[axis]
    names = _renaming(like, bare)
    renamed = replace(
        other,
        onnx=tuple(tuple(names.get(atom, atom) for atom in group) for group in other.onnx),
        keras=tuple(tuple(names.get(atom, atom) for atom in group) for group in other.keras),
    )
    want = tuple(own if number == place else group for number, group in enumerate(first.keras))
    return net.arranged(renamed, want)


def _renaming(first: Tensor, other: Tensor) -> dict[Any, Any]:
    names: dict[Any, Any] = {}
    for a, b in zip(first.onnx, other.onnx, strict=True):
        if [atom.sizes for atom in a] != [atom.sizes for atom in b]:
            raise NotTranslated("of things of different shapes")
        names |= dict(zip(b, a, strict=True))
    return names


def _slice(net: Network, node: Node, operands: Operands) -> Value:
    x = tensor(operands)
    starts, ends = (
        integers(setting(node, operands, name, place) or []) for name, place in (("starts", 1), ("ends", 2))
    )
    axes = integers(setting(node, operands, "axes", 3) or range(len(starts)))
    steps = integers(setting(node, operands, "steps", 4) or [1] * len(starts))
    cuts = {axis % len(x.onnx): cut for axis, *cut in zip(axes, starts, ends, steps, strict=True)}
    for axis in [axis for axis, cut in cuts.items() if cut[2] < 0]:
        start, end, step = cuts.pop(axis)
        size = fixed(x.shape[axis])
        # An end in front of the axis stands for its very front.
        places = range(size)[slice(start, None if end < -size else end, step)]
        if not places:
            raise NotTranslated("of nothing")
        x = _taken(net, x, axis, list(places))
    return sliced(net, x, cuts)


def sliced(net: Network, x: Tensor, cuts: dict[int, list[int]]) -> Tensor:
    """A part of a tensor.

    Args:
        net: the network.
        x: what is cut.
        cuts: start, end and step for some axes of ONNX.
    """
    spans = {axis: span for axis, cut in cuts.items() if (span := _span(x.shape[axis], *cut)) != _WHOLE}
    if 0 in spans and x.onnx[0] and x.onnx[0][0].batch:
        raise NotTranslated("of pictures of a batch")
    if not spans:
        return x
    if set(spans) <= {2, 3} and len(x.onnx) == 4 and all(step == 1 for _, _, step in spans.values()):
        margins = [_margins(x.shape[axis], spans.get(axis, _WHOLE)) for axis in (2, 3)]
        before, after = zip(*margins, strict=True)
        return padded(net, net.channels_last(x), tuple(-one for one in before), tuple(-one for one in after))
    key: dict[int, tuple[int | None, int | None, int]] = {}
    onnx, keras = x.onnx, x.keras
    for axis, span in spans.items():
        x, place = net.with_axis(x, axis)
        onnx, keras = (x.onnx, x.keras) if not key else (onnx, keras)
        key[place] = span
        made = atom_group(tuple(len(range(*slice(*span).indices(size))) for size in x.shape[axis]))
        onnx = (*onnx[:axis], made, *onnx[axis + 1 :])
        keras = (*keras[:place], made, *keras[place + 1 :])
    parts = [_slice_config(*key.get(place, _WHOLE)) for place in range(len(keras))]
    return net.layer("GetItem", {}, [x, parts], onnx, keras, module=NUMPY, positive=x.positive)


_WHOLE = (None, None, 1)


def _span(sizes: Sizes, start: int, end: int, step: int) -> tuple[int | None, int | None, int]:
    """A span as Python writes it, the same for every size; None for an end of the axis."""
    if step < 1:
        raise NotTranslated("backwards")
    ranges = [slice(start, end, step).indices(size) for size in sizes]
    if any(first >= last for first, last, _ in ranges):
        raise NotTranslated("of nothing")
    first = _edge([one[0] for one in ranges], sizes)
    last = (
        None
        if all(r[1] == size for r, size in zip(ranges, sizes, strict=True))
        else _edge([r[1] for r in ranges], sizes)
    )
    return (None if first == 0 else first), last, step


def _edge(places: Sequence[int], sizes: Sizes) -> int:
    """A place counted from the front, or from the end where only that is the same for every size."""
    if len(set(places)) == 1:
        return places[0]
    behind = {place - size for place, size in zip(places, sizes, strict=True)}
    if len(behind) > 1:
        raise NeedsFixedSize("a slice that depends on the picture's size")
    return behind.pop()


def _margins(sizes: Sizes, span: tuple[int | None, int | None, int]) -> tuple[int, int]:
    margins = {(r[0], size - r[1]) for size in sizes for r in [slice(*span).indices(size)]}
    if len(margins) > 1:
        raise NeedsFixedSize("a slice that depends on the picture's size")
    return margins.pop()


def _slice_config(start: int | None, stop: int | None, step: int) -> dict[str, Any]:
    return {"class_name": "__slice__", "config": {"start": start, "stop": stop, "step": None if step == 1 else step}}


def _split(net: Network, node: Node, operands: Operands) -> list[Value]:
    x = tensor(operands)
    axis = int(node.attributes.get("axis", 0)) % len(x.onnx)
    size, count = fixed(x.shape[axis]), len(node.outputs)
    said = setting(node, operands, "split", 1)
    each = -(-size // count)
    parts = integers(said) if said else [min(each, size - each * place) for place in range(count)]
    if len(parts) != count or sum(parts) != size or min(parts) < 1:
        raise NotTranslated(f"of {size} into {parts}")
    edges = np.cumsum([0, *parts]).tolist()
    return [sliced(net, x, {axis: [a, b, 1]}) for a, b in pairwise(edges)]


def _gather(net: Network, node: Node, operands: Operands) -> Value:
    x = tensor(operands)
    axis = int(node.attributes.get("axis", 0)) % len(x.onnx)
    if shape := _all_in_order(x, operands[1]):
        return x.reshaped(shape)
    indices = array(operands, 1)
    size = fixed(x.shape[axis])
    places = [one % size if -size <= one < size else size for one in integers(indices)]
    if max(places, default=size) >= size or indices.ndim > 1:
        raise NotTranslated("of places that are not there")
    if indices.ndim == 0:
        part = sliced(net, x, {axis: [places[0], places[0] + 1, 1]})
        return replace(part, onnx=(*part.onnx[:axis], *part.onnx[axis + 1 :]))
    return _taken(net, x, axis, places)


def _taken(net: Network, x: Tensor, axis: int, places: list[int]) -> Tensor:
    """Some places of an axis of ONNX, in any order."""
    if any(atom.batch for atom in x.onnx[axis]):
        raise NotTranslated("of pictures of a batch")
    if not x.onnx[axis] and places == [0]:
        return x
    x, place = net.with_axis(x, axis)
    made: Group = atom_group((len(places),) * net.pictures)
    onnx: Axes = (*x.onnx[:axis], made, *x.onnx[axis + 1 :])
    keras: Axes = (*x.keras[:place], made, *x.keras[place + 1 :])
    taken = np.array(places, np.int32)
    return net.layer("Take", {"axis": place}, [x, taken], onnx, keras, module=NUMPY, positive=x.positive)


def _all_in_order(x: Tensor, indices: Value | None) -> list[Sizes]:
    """The shape that a row of numbers gets when all are gathered in order, as PyTorch writes some reshapes; else []."""
    if len(x.onnx) != 1 or not isinstance(indices, Constant):
        return []
    rows = zip(indices.values, x.shape[0], strict=True)
    if not all(np.array_equal(np.ravel(one), np.arange(size)) for one, size in rows):
        return []
    return [tuple(sides) for sides in zip(*(one.shape for one in indices.values), strict=True)]


def _pad(net: Network, node: Node, operands: Operands) -> Value:
    x, pads = tensor(operands), integers(setting(node, operands, "pads", 1) or node.attributes.get("paddings") or [])
    value = optional(operands, 2)
    filler = float(np.ravel(value)[0]) if value is not None and value.size else float(node.attributes.get("value", 0.0))
    axes = integers(setting(node, operands, "axes", 3) or range(len(pads) // 2))
    count, mode = len(x.onnx), node.attributes.get("mode", "constant")
    margins = {axis % count: (pads[place], pads[place + len(axes)]) for place, axis in enumerate(axes)}
    margins = {axis: margin for axis, margin in margins.items() if any(margin)}
    if not margins:
        return x
    if mode == "constant" and set(margins) <= {2, 3} and count == 4:
        sides = [margins.get(axis, (0, 0)) for axis in (2, 3)]
        before, after = zip(*sides, strict=True)
        return padded(net, net.channels_last(x), before, after, filler)
    if mode in ("edge", "wrap") and 0 not in margins:
        for axis, margin in margins.items():
            x = _continued(net, x, axis, *margin, mode)
        return x
    if mode not in ("constant", "reflect") or any(min(margin) < 0 for margin in margins.values()) or 0 in margins:
        raise NotTranslated(f"of mode {mode}")
    return _padded_anywhere(net, x, margins, mode, filler)


def _continued(net: Network, x: Tensor, axis: int, before: int, after: int, mode: str) -> Tensor:
    """Margins that repeat the edge, or go on at the other end."""
    if min(before, after) < 0 or before + after >= _MOST_COPIES or max(before, after) > min(x.shape[axis]):
        raise NotTranslated(f"of mode {mode} by {before} and {after}")
    last = 2**31
    if mode == "wrap":
        front = [sliced(net, x, {axis: [-before, last, 1]})] if before else []
        behind = [sliced(net, x, {axis: [0, after, 1]})] if after else []
    else:
        front = [sliced(net, x, {axis: [0, 1, 1]})] * before
        behind = [sliced(net, x, {axis: [-1, last, 1]})] * after
    return joined(net, [*front, x, *behind], axis)


def _padded_anywhere(net: Network, x: Tensor, margins: dict[int, tuple[int, int]], mode: str, filler: float) -> Tensor:
    x = net.channels_last(x) if len(x.onnx) == 4 else net.arranged(x, x.onnx)
    order = [0, 2, 3, 1] if len(x.onnx) == 4 else list(range(len(x.onnx)))
    widths = [list(margins.get(axis, (0, 0))) for axis in order]
    groups = {
        axis: atom_group(tuple(size + sum(margins[axis]) for size in x.shape[axis]))
        if axis in margins
        else x.onnx[axis]
        for axis in order
    }
    onnx = tuple(groups[axis] for axis in range(len(order)))
    config = {"pad_width": widths, "mode": mode}
    words = {"constant_values": filler} if mode == "constant" else {}
    keras = tuple(groups[axis] for axis in order)
    positive = x.positive and filler >= 0
    return net.layer("Pad", config, [x], onnx, keras, module=NUMPY, keywords=words, positive=positive)


def _tile(net: Network, node: Node, operands: Operands) -> Value:
    x, repeats = tensor(operands), integers(array(operands, 1))
    axes = [axis for axis, count in enumerate(repeats) if count != 1]
    if len(repeats) != len(x.onnx) or len(axes) > 1 or max(repeats) > _MOST_COPIES:
        raise NotTranslated(f"of {repeats}")
    copies = [x] * repeats[axes[0]] if axes else [x]
    return joined(net, copies, axes[0] if axes else 1)


_MOST_COPIES = 64


RULES: dict[str, Rule] = {
    "Concat": _concat,
    "Gather": _gather,
    "Pad": _pad,
    "Slice": _slice,
    "Split": _split,
    "Tile": _tile,
}
