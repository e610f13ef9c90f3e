"""What only names or groups axes anew, see `axes`: no layer is needed."""

from dataclasses import replace
from math import prod

import numpy as np

from shared.uploads.onnx.axes import Sizes, atom_group
from shared.uploads.onnx.graph import Node
from shared.uploads.onnx.network import NUMPY, Network
from shared.uploads.onnx.rules.operands import Operands, Rule, integers, setting, tensor
from shared.uploads.onnx.values import Constant, NotTranslated, Tensor, Value, fixed


def _same(net: Network, node: Node, operands: Operands) -> Value:
    return tensor(operands)


def _cast(net: Network, node: Node, operands: Operands) -> Value:
    # Everything is computed in one float type.
    if node.attributes.get("to") not in (1, 10, 11, 16):
        raise NotTranslated("to whole numbers")
    return tensor(operands)


def _reshape(net: Network, node: Node, operands: Operands) -> Value:
    x, shape = tensor(operands), operands[1] if len(operands) > 1 else None
    if isinstance(shape, Tensor):
        raise NotTranslated("to a shape that is computed")
    wanted = [integers(one) for one in shape.values] if shape else [node.attributes.get("shape") or []] * net.pictures
    sides: list[list[int]] = []
    for picture, target in enumerate(wanted):
        have = [sizes[picture] for sizes in x.shape]
        if not node.attributes.get("allowzero"):
            target = [have[place] if side == 0 and place < len(have) else side for place, side in enumerate(target)]
        rest = prod(side for side in target if side != -1)
        sides.append([prod(have) // max(1, rest) if side == -1 else side for side in target])
    if len({len(one) for one in sides}) != 1 or any(prod(s) != prod(t) for s, t in zip(sides, _sides(x), strict=True)):
        raise NotTranslated("to another number of values")
    return x.reshaped([tuple(one) for one in zip(*sides, strict=True)])


def _sides(x: Tensor) -> list[tuple[int, ...]]:
    return list(zip(*x.shape, strict=True)) if x.shape else [()] * x.pictures


def _flatten(net: Network, node: Node, operands: Operands) -> Value:
    x = tensor(operands)
    axis = int(node.attributes.get("axis", 1))
    axis = axis % len(x.onnx) if axis < 0 else axis
    front, behind = ((sum(part, ())) for part in (x.onnx[:axis], x.onnx[axis:]))
    return replace(x, onnx=(front, behind))


def _squeeze(net: Network, node: Node, operands: Operands) -> Value:
    x, said = tensor(operands), setting(node, operands, "axes", 1)
    count = len(x.onnx)
    axes = [axis % count for axis in integers(said)] if said else [p for p, one in enumerate(x.onnx) if not one]
    if any(x.onnx[axis] for axis in axes):
        raise NotTranslated("of the axis of the batch, or of more than one number")
    return replace(x, onnx=tuple(group for place, group in enumerate(x.onnx) if place not in axes))


def _unsqueeze(net: Network, node: Node, operands: Operands) -> Value:
    x, said = tensor(operands), integers(setting(node, operands, "axes", 1) or [])
    count = len(x.onnx) + len(said)
    axes = {axis % count for axis in said}
    groups = iter(x.onnx)
    return replace(x, onnx=tuple(() if place in axes else next(groups) for place in range(count)))


def _transpose(net: Network, node: Node, operands: Operands) -> Value:
    x = tensor(operands)
    order = node.attributes.get("perm") or list(reversed(range(len(x.onnx))))
    if sorted(order) != list(range(len(x.onnx))):
        raise NotTranslated(f"by {order}")
    return replace(x, onnx=tuple(x.onnx[place] for place in order))


def _expand(net: Network, node: Node, operands: Operands) -> Value:
    """What is only made larger to be put beside something that is as large needs no layer: Keras does that itself."""
    x, shape = tensor(operands), operands[1]
    if not isinstance(shape, Constant):
        raise NotTranslated("to a shape that is computed")
    wanted = list(zip(*(np.ravel(one).tolist() for one in shape.values), strict=True))
    if len(wanted) != len(x.onnx):
        raise NotTranslated("to another number of axes")
    made = [
        tuple(max(pair) for pair in zip(have, want, strict=True)) for have, want in zip(x.shape, wanted, strict=True)
    ]
    others = [net.values.get(name) for one in net.takers.get(node.outputs[0], ()) for name in one.inputs
              if name != node.outputs[0] and one.kind in _ELEMENTWISE]  # fmt: skip
    beside = [isinstance(one, Tensor) and one.shape == made for one in others]
    if made != x.shape and (not all(beside) or len(beside) != len(net.takers.get(node.outputs[0], ()))):
        return _enlarged(net, x, made)
    return x


def _enlarged(net: Network, x: Tensor, sizes: list[Sizes]) -> Tensor:
    """A tensor repeated along its sides of 1, by a product with ones."""
    order = (0, 2, 3, 1) if len(x.onnx) == 4 else tuple(range(len(x.onnx)))
    if not x.onnx[0] or any(group and have != want for group, have, want in zip(x.onnx, x.shape, sizes, strict=True)):
        raise NotTranslated("to a larger shape")
    x = net.arranged(x, tuple(x.onnx[place] for place in order))
    onnx = tuple(group or atom_group(want) for group, want in zip(x.onnx, sizes, strict=True))
    ones = np.ones([1 if x.onnx[place] else fixed(sizes[place]) for place in order], np.float32)
    keras = tuple(onnx[place] for place in order)
    return net.layer("Multiply", {}, [ones, x], onnx, keras, module=NUMPY, positive=x.positive)


def _largest_class(net: Network, node: Node, operands: Operands) -> Value:
    """An ArgMax at the very end: what it chooses among is the output, with which heat maps and evaluation can work."""
    x, axis = tensor(operands), int(node.attributes.get("axis", 0))
    axis %= len(x.onnx)
    node.attributes.get("keepdims"), node.attributes.get("select_last_index")
    if net.takers.get(node.outputs[0]):
        raise NotTranslated("inside the network")
    if x.onnx[axis] != x.keras[-1]:
        raise NotTranslated("over something else than classes")
    net.left_out.append(node.kind)
    return x


_ELEMENTWISE = frozenset({"Add", "Sub", "Mul", "Div"})


def _depth_to_space(net: Network, node: Node, operands: Operands) -> Value:
    x, size = tensor(operands), int(node.attributes.get("blocksize", 1))
    batch, channels, height, width = x.shape
    inside = tuple(one // (size * size) for one in channels)
    block = (size,) * net.pictures
    if node.attributes.get("mode", "DCR") == "DCR":
        split, order = [batch, block, block, inside, height, width], (0, 3, 4, 1, 5, 2)
    else:
        split, order = [batch, inside, block, block, height, width], (0, 1, 4, 2, 5, 3)
    parts = x.reshaped(split)
    turned = replace(parts, onnx=tuple(parts.onnx[place] for place in order))
    return turned.reshaped([batch, inside, _times(height, size), _times(width, size)])


def _space_to_depth(net: Network, node: Node, operands: Operands) -> Value:
    x, size = tensor(operands), int(node.attributes.get("blocksize", 1))
    batch, channels, height, width = x.shape
    block = (size,) * net.pictures
    rows, columns = (tuple(one // size for one in side) for side in (height, width))
    parts = x.reshaped([batch, channels, rows, block, columns, block])
    turned = replace(parts, onnx=tuple(parts.onnx[place] for place in (0, 3, 5, 1, 2, 4)))
    return turned.reshaped([batch, _times(channels, size * size), rows, columns])


def _times(sizes: Sizes, factor: int) -> Sizes:
    return tuple(one * factor for one in sizes)


def _shape(net: Network, node: Node, operands: Operands) -> Value:
    x = tensor(operands)
    part = slice(node.attributes.get("start", 0), node.attributes.get("end"))
    return Constant(tuple(np.array(one[part], np.int64) for one in _sides(x)))


def _size(net: Network, node: Node, operands: Operands) -> Value:
    return Constant(tuple(np.array(prod(one), np.int64) for one in _sides(tensor(operands))))


RULES: dict[str, Rule] = {
    "Identity": _same, "Dropout": _same, "Cast": _cast, "CastLike": _same, "Reshape": _reshape, "Flatten": _flatten,
    "Squeeze": _squeeze, "Unsqueeze": _unsqueeze, "Transpose": _transpose, "Expand": _expand,
    "DepthToSpace": _depth_to_space, "SpaceToDepth": _space_to_depth,
    "ArgMax": _largest_class, "Shape": _shape, "Size": _size,
}  # fmt: skip
