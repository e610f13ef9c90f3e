"""What the rules take and make: tensors of the network, and constants."""

from dataclasses import dataclass, replace

import numpy as np

from shared.uploads.onnx.axes import Axes, Sizes, group_sizes, regrouped, replaced


class NotTranslated(ValueError):
    """An operator, or one of its settings, that no layers of Keras compute."""


class NeedsFixedSize(ValueError):
    """Something that can be said only for pictures of one size."""


@dataclass(frozen=True)
class Tensor:
    """What a layer gives.

    Attributes:
        layer: its name.
        onnx: the axes as ONNX has them.
        keras: the same atoms as Keras has them; the first axis is the batch.
        pictures: how many pictures are tried.
        positive: whether no value is below 0.
        once: whether one node alone takes it.
    """

    layer: str
    onnx: Axes
    keras: Axes
    pictures: int
    positive: bool = False
    once: bool = False

    @property
    def shape(self) -> list[Sizes]:
        """Sizes of every axis as ONNX has them."""
        return [group_sizes(group, self.pictures) for group in self.onnx]

    @property
    def keras_shape(self) -> list[int | None]:
        """Sides as Keras has them, None for an open one."""
        return [None, *(known(group_sizes(group, self.pictures)) for group in self.keras[1:])]

    def reshaped(self, shape: list[Sizes]) -> "Tensor":
        """The same numbers under another shape of ONNX.

        Raises:
            Mixed: the shape cuts across sides.
        """
        onnx, splits = regrouped(self.onnx, shape)
        return replace(self, onnx=onnx, keras=replaced(self.keras, splits))


@dataclass(frozen=True)
class Constant:
    """A value that is known, for each of the pictures that are tried."""

    values: tuple[np.ndarray, ...]

    @property
    def one(self) -> np.ndarray:
        """The value, where it is the same for every picture.

        Raises:
            NeedsFixedSize: it depends on the picture's size.
        """
        first = self.values[0]
        for other in self.values[1:]:
            if other is not first and not np.array_equal(first, other):
                raise NeedsFixedSize("a number that depends on the picture's size")
        return first


Value = Tensor | Constant


def known(sizes: Sizes) -> int | None:
    """A side, None where it depends on the picture."""
    return sizes[0] if len(set(sizes)) == 1 else None


def fixed(sizes: Sizes) -> int:
    """A side that must be known.

    Raises:
        NeedsFixedSize: it depends on the picture.
    """
    if len(set(sizes)) > 1:
        raise NeedsFixedSize("a side that depends on the picture's size")
    return sizes[0]
