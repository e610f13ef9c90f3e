"""How much of the picture one unit sees, worked out layer by layer.

Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019: with
kernel k and stride s, the field grows by (k - 1) times the stride so far, and the stride is multiplied by s.
"""

from dataclasses import dataclass, replace
from typing import Any

import keras

from worker.networks.tried_window import Window, is_own, tried_window

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
        start: row and column of the pixel in the middle of the first unit's field; halves lie between two
            pixels, negative ones in the padding.
    """

    size: float | None = 1
    stride: float = 1
    start: tuple[float, float] = (0.0, 0.0)


def field_after(layer: keras.layers.Layer, inputs: list[tuple[Any, Field]]) -> Field:
    """The field of a layer's output.

    Args:
        layer: any layer; those that do not mix positions pass their input's field on, and those of somebody's own
            are tried.
        inputs: shape and field of each of its inputs. A map of one position (squeeze and excitation) that
            is multiplied onto others does not count, since it adds no place, only a factor.

    Returns:
        The field; where several inputs meet, that of the one that sees most.
    """
    spatial = [one for one in inputs if len(one[0]) == 4 and one[0][1] != 1] or inputs
    key = [float("inf") if f.size is None else f.size for _, f in spatial]
    shape, before = spatial[key.index(max(key))] if spatial else ((), Field())
    if isinstance(layer, _WHOLE) or before.size is None:
        return Field(None, before.stride, before.start)
    if is_own(layer) and len(shape) == 4:
        return field_behind(tried_window(layer, [shape for shape, _ in inputs], inputs.index((shape, before))), before)
    return _grown(layer, before, tuple(shape[1:3]))


def field_behind(window: Window | None, before: Field) -> Field:
    """The field of units that see a window of what has another field; None is one of all there is."""
    if window is None or before.size is None:
        return Field(None, before.stride, before.start)
    size, shifts = before.size + (window.size - 1) * before.stride, [side * before.stride for side in window.start]
    return Field(size, before.stride * window.step, _moved(before, *shifts))


def _grown(layer: keras.layers.Layer, before: Field, extent: tuple[int | None, ...]) -> Field:
    assert before.size is not None
    if isinstance(layer, layers.Conv2DTranspose | layers.UpSampling2D):
        stride = before.stride / _first(getattr(layer, "strides", None) or layer.size)
        kernel = _first(getattr(layer, "kernel_size", 1))
        # One unit became several: the first of them sees as far to the left as the others to the right.
        return Field(before.size + (kernel - 1) * stride, stride, _moved(before, (stride - before.stride) / 2))
    if isinstance(layer, layers.ZeroPadding2D):
        return replace(before, start=_moved(before, *(-side[0] * before.stride for side in layer.padding)))
    if isinstance(layer, layers.Cropping2D):
        return replace(before, start=_moved(before, *(side[0] * before.stride for side in layer.cropping)))
    if isinstance(layer, _WINDOWED):
        return _windowed(layer, before, extent)
    return before


def _windowed(layer: keras.layers.Layer, before: Field, extent: tuple[int | None, ...]) -> Field:
    assert before.size is not None
    kernel = _first(getattr(layer, "kernel_size", None) or layer.pool_size)
    reach = (kernel - 1) * _first(getattr(layer, "dilation_rate", 1))
    step = _first(layer.strides)
    padded = layer.padding == "same"
    pads = [max(0, (-(-n // step) - 1) * step + reach + 1 - n) // 2 if padded and n else 0 for n in extent]
    shifts = [(reach / 2 - pad) * before.stride for pad in pads]
    return Field(before.size + reach * before.stride, before.stride * step, _moved(before, *shifts))


def _moved(before: Field, *shifts: float) -> tuple[float, float]:
    """The start moved by input pixels: by rows and columns, or by the same in both."""
    down, right = shifts if len(shifts) == 2 else (shifts or (0.0,)) * 2
    return before.start[0] + down, before.start[1] + right


def _first(value: Any) -> int:
    return int(value[0] if isinstance(value, list | tuple) else value)
