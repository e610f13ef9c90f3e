"""Kernels as older versions kept them, in today's order: (row, column, channel, filter), not mirrored."""

import keras
import numpy as np

from shared.uploads.upgrades.upgrade import Origin

_CONVOLUTIONS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D, keras.layers.Conv2DTranspose)


def todays_kernel(
    layer: keras.layers.Layer, weight: str, values: np.ndarray, origin: Origin, old_order: bool
) -> np.ndarray:
    """Values of a weight in the order that Keras 3 computes with.

    Args:
        layer: whose weight it is.
        weight: its name; all but kernels come back unchanged.
        values: as they lie in the file.
        origin: Theano computed convolutions in the mathematicians' sense, with mirrored kernels.
        old_order: whether Keras 1 kept them as (filter, channel, row, column).
    """
    if not weight.endswith("kernel"):
        return values
    if origin.version.startswith("1"):
        values = _from_keras_1(layer, values, old_order)
    if origin.backend == "theano" and isinstance(layer, _CONVOLUTIONS) and weight == "kernel":
        values = np.flip(values, axis=tuple(range(values.ndim - 2)))
    return values


def _from_keras_1(layer: keras.layers.Layer, values: np.ndarray, old_order: bool) -> np.ndarray:
    if isinstance(layer, keras.layers.Conv1D) and values.ndim == 4:
        # (length, 1, channel, filter), and before 1.2 (filter, channel, length, 1).
        values = values if values.shape[1] == 1 else values.transpose(2, 3, 1, 0)
        return values[:, 0]
    if values.ndim == 5 and old_order:
        return values.transpose(2, 3, 4, 1, 0)
    if values.ndim != 4:
        return values
    if isinstance(layer, keras.layers.Conv2DTranspose):
        return values.transpose(2, 3, 0, 1) if old_order else values.transpose(0, 1, 3, 2)
    return values.transpose(2, 3, 1, 0) if old_order else values
