"""Windows that slide over pictures: sizes, steps and margins of convolutions and pools."""

from dataclasses import dataclass
from typing import Any

from shared.uploads.onnx.axes import Axes, Group, Sizes, atom_group
from shared.uploads.onnx.graph import Node
from shared.uploads.onnx.network import NUMPY, Network
from shared.uploads.onnx.values import NeedsFixedSize, NotTranslated, Tensor, known

# Below every value of a network.
LOWEST = -3.0e38


@dataclass(frozen=True)
class Window:
    """A window along the sides of pictures.

    Attributes:
        sides: sizes of every side that it slides along.
        kernel: its own sizes.
        strides: steps.
        dilations: distances between what it sees.
        before: margins in front of the picture, one a side.
        after: margins behind it.
        same: whether the margins are those that TensorFlow calls "same".
    """

    sides: tuple[Sizes, ...]
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    same: bool

    @property
    def reach(self) -> tuple[int, ...]:
        """How far it reaches, its gaps included."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilations, strict=True))

    @property
    def out(self) -> list[Group]:
        """Axes of what comes out."""
        return [atom_group(tuple(self._after(side, size) for size in sizes)) for side, sizes in enumerate(self.sides)]

    def _after(self, side: int, size: int) -> int:
        stride, margins = self.strides[side], self.before[side] + self.after[side]
        made = -(-size // stride) if self.same else (size + margins - self.reach[side]) // stride + 1
        if made < 1:
            raise NotTranslated("a window larger than its picture")
        return made


def read_window(node: Node, sides: list[Sizes], kernel: list[int]) -> Window:
    """The window of a Conv or a pool.

    Args:
        node: with the attributes strides, dilations, pads, auto_pad, ceil_mode.
        sides: sizes of what it slides along.
        kernel: its own sizes.
    """
    count = len(sides)
    strides = tuple(node.attributes.get("strides") or [1] * count)
    dilations = tuple(node.attributes.get("dilations") or [1] * count)
    pads = list(node.attributes.get("pads") or [0] * 2 * count)
    if not len(strides) == len(dilations) == len(kernel) == count or len(pads) != 2 * count:
        raise NotTranslated("settings for another number of sides")
    if min((*strides, *dilations, *kernel)) < 1:
        raise NotTranslated("steps below 1")
    how = node.attributes.get("auto_pad", "NOTSET")
    if how == "VALID":
        pads = [0] * 2 * count
    plain = Window(tuple(sides), tuple(kernel), strides, dilations, tuple(pads[:count]), tuple(pads[count:]), False)
    if how == "SAME_UPPER":
        return _same(plain)
    if how == "SAME_LOWER":
        plain = _lower(plain)
    if node.attributes.get("ceil_mode"):
        plain = _ceiled(plain)
    return _same(plain) if _is_same(plain) else plain


def _same(window: Window) -> Window:
    none = (0,) * len(window.sides)
    return Window(window.sides, window.kernel, window.strides, window.dilations, none, none, True)


def _margin(size: int, reach: int, stride: int) -> int:
    return max(0, (-(-size // stride) - 1) * stride + reach - size)


def _is_same(window: Window) -> bool:
    """Whether a window's own margins are those that TensorFlow would choose."""
    if not any((*window.before, *window.after)):
        return False
    each = zip(window.sides, window.reach, window.strides, window.before, window.after, strict=True)
    return all(_is_same_along(*one) for one in each)


def _is_same_along(sizes: Sizes, reach: int, stride: int, before: int, after: int) -> bool:
    if stride > 1 and known(sizes) is None:
        return False
    total = _margin(sizes[0], reach, stride)
    return (before, after) == (total // 2, total - total // 2)


def _lower(window: Window) -> Window:
    """Margins of SAME_LOWER: the odd one in front."""
    before, after = [], []
    for sizes, reach, stride in zip(window.sides, window.reach, window.strides, strict=True):
        if stride > 1 and known(sizes) is None:
            raise NeedsFixedSize("margins that depend on the picture's size")
        total = _margin(sizes[0], reach, stride)
        before.append(total - total // 2)
        after.append(total // 2)
    parts = (window.sides, window.kernel, window.strides, window.dilations)
    return Window(*parts, tuple(before), tuple(after), False)


def _ceiled(window: Window) -> Window:
    """A window whose last step may end outside: with the margin behind that it needs for that."""
    after = []
    for sizes, reach, stride, before, behind in zip(
        window.sides, window.reach, window.strides, window.before, window.after, strict=True
    ):
        size = known(sizes)
        if size is None:
            if stride == 1:
                after.append(behind)
                continue
            raise NeedsFixedSize("a pool that rounds up")
        steps = -(-(size + before + behind - reach) // stride)
        # A last window that would begin behind the picture is left out.
        steps -= steps * stride >= size + before
        after.append(max(behind, steps * stride + reach - size - before))
    parts = (window.sides, window.kernel, window.strides, window.dilations, window.before)
    return Window(*parts, tuple(after), False)


def padded(net: Network, x: Tensor, before: tuple[int, ...], after: tuple[int, ...], value: float = 0.0) -> Tensor:
    """A tensor of Keras's order with margins around its sides; negative ones are cut off.

    Args:
        net: the network.
        x: (batch, sides, channel), 1 or 2 sides.
        before: margins in front.
        after: margins behind.
        value: what stands in them.
    """
    if not any((*before, *after)):
        return x
    if min((*before, *after)) < 0:
        x = _cut(net, x, tuple(max(0, -one) for one in before), tuple(max(0, -one) for one in after))
        return padded(net, x, tuple(max(0, one) for one in before), tuple(max(0, one) for one in after), value)
    margins = [list(pair) for pair in zip(before, after, strict=True)]
    axes = _grown(x, [a + b for a, b in zip(before, after, strict=True)])
    if value:
        config = {"pad_width": [[0, 0], *margins, [0, 0]], "mode": "constant"}
        words = {"constant_values": value}
        return net.layer("Pad", config, [x], *axes, suffix="pad", module=NUMPY, keywords=words)
    kind = f"ZeroPadding{len(before)}D"
    return net.layer(kind, {"padding": _one_or_two(margins)}, [x], *axes, suffix="pad", positive=x.positive)


def _cut(net: Network, x: Tensor, before: tuple[int, ...], after: tuple[int, ...]) -> Tensor:
    margins = [list(pair) for pair in zip(before, after, strict=True)]
    axes = _grown(x, [-a - b for a, b in zip(before, after, strict=True)])
    config = {"cropping": _one_or_two(margins)}
    return net.layer(f"Cropping{len(before)}D", config, [x], *axes, suffix="crop", positive=x.positive)


def _one_or_two(margins: list[list[int]]) -> Any:
    return margins if len(margins) > 1 else margins[0]


def _grown(x: Tensor, growth: list[int]) -> tuple[Axes, Axes]:
    """Axes of ONNX and of Keras when the sides of a picture grow."""
    sides = []
    for sizes, more in zip(x.shape[2:], growth, strict=True):
        if min(sizes) + more < 1:
            raise NotTranslated("more cut off than there is")
        sides.append(atom_group(tuple(size + more for size in sizes)))
    return picture_axes(x, sides)


def picture_axes(x: Tensor, sides: list[Group], channels: Group | None = None) -> tuple[Axes, Axes]:
    """Axes of ONNX, channels first, and of Keras, channels last, with other sides and channels."""
    channel = x.onnx[1] if channels is None else channels
    return (x.onnx[0], channel, *sides), (x.onnx[0], *sides, channel)
