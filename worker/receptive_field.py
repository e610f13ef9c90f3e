"""How much of the picture one unit sees, worked out layer by layer.

Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019: with
kernel k and stride s, the field grows by (k - 1) times the stride so far, and the stride is multiplied by s.
"""

from dataclasses import dataclass
from typing import Any

import keras

layers = keras.layers
_WINDOWED = (
    layers.Conv2D, layers.SeparableConv2D, layers.DepthwiseConv2D, layers.MaxPooling2D, layers.AveragePooling2D,
)  # fmt: skip
_WHOLE = (
    layers.Dense,
    layers.Flatten,
    layers.GlobalAveragePooling2D,
    layers.GlobalMaxPooling2D,
    layers.Reshape,
)


@dataclass(frozen=True)
class Field:
    """What units of one tensor see.

    Attributes:
        size: side of the square of input pixels that reaches one unit; None means the whole picture.
        stride: input pixels between two neighbouring units; below 1 after upsampling.
    """

    size: float | None = 1
    stride: float = 1


def field_after(layer: keras.layers.Layer, inputs: list[tuple[Any, Field]]) -> Field:
    """The field of a layer's output.

    Args:
        layer: any layer; those that do not mix positions pass their input's field on.
        inputs: shape and field of each of its inputs. A map of one position (squeeze and excitation) that
            is multiplied onto others does not count, since it adds no place, only a factor.

    Returns:
        The field; where several inputs meet, that of the one that sees most.
    """
    spatial = [f for shape, f in inputs if len(shape) == 4 and shape[1] != 1] or [f for _, f in inputs]
    before = max(spatial, key=lambda f: float("inf") if f.size is None else f.size, default=Field())
    if isinstance(layer, _WHOLE) or before.size is None:
        return Field(None, before.stride)
    return _grown(layer, before)


def _grown(layer: keras.layers.Layer, before: Field) -> Field:
    assert before.size is not None
    if isinstance(layer, layers.Conv2DTranspose | layers.UpSampling2D):
        stride = before.stride / _first(getattr(layer, "strides", None) or layer.size)
        kernel = _first(getattr(layer, "kernel_size", 1))
        return Field(before.size + (kernel - 1) * stride, stride)
    if isinstance(layer, _WINDOWED):
        kernel = _first(getattr(layer, "kernel_size", None) or layer.pool_size)
        reach = (kernel - 1) * _first(getattr(layer, "dilation_rate", 1)) * before.stride
        return Field(before.size + reach, before.stride * _first(layer.strides))
    return before


def _first(value: Any) -> int:
    return int(value[0] if isinstance(value, list | tuple) else value)
