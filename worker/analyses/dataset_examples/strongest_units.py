"""The unit of each channel that answers most to a picture, and the piece of the picture that it sees."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from shared.errors import NotFinite, message
from worker.networks.activation_names import activation_name, as_relu
from worker.networks.before_activation import without_activation
from worker.networks.capture import find_layer, layer_calls
from worker.networks.models import LoadedModel
from worker.networks.precision import set_precision
from worker.networks.preprocessing import preprocess
from worker.networks.receptive_field import Field
from worker.networks.tracing import trace_function

# A batch of pictures -> strengths and values float32 (batch, channels), units int32 (batch, channels, 2).
BestUnits = Callable[[Any], tuple[np.ndarray, np.ndarray, np.ndarray]]
KEPT = 2
# Activations with a ceiling: many units of many pictures reach it, and are told apart by what goes in.
CEILINGS = ("hard_tanh", "hard_sigmoid", "sigmoid", "softsign", "tanh")


def best_units(
    model: LoadedModel, path: str, channels: Sequence[int], size: tuple[int, int], precision: str
) -> BestUnits:
    """A function that shows pictures to a layer, traced now or at an earlier run.

    Args:
        model: any.
        path: of a layer with feature maps.
        channels: which of its channels.
        size: height and width of the pictures.
        precision: number format that the network computes in.

    Returns:
        float32 (batch, height, width, channel) in [0, 1] -> for each picture and channel the largest strength (see
        shared.analyses.dataset_examples.numbers.Examples), the largest activation, and row and column of the unit,
        of equal ones the first, row by row.
    """
    key = (path, tuple(channels), size, precision)
    function = model.trace_once("best_units", key, lambda: _traced(model, path, channels, size, precision), KEPT)

    def strongest(pictures: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        *found, finite = function(tf.convert_to_tensor(pictures, tf.float32))
        if not finite:
            expected = f"finite activations at {path}"
            raise NotFinite(message(expected, "NaN or infinity", "Choose a layer before it, or train the model again."))
        strengths, values, units = (np.asarray(one) for one in found)
        return strengths, values, units

    return strongest


def _traced(model: LoadedModel, path: str, channels: Sequence[int], size: tuple[int, int], precision: str) -> Any:
    def outputs(pictures: Any) -> tuple[Any, Any, Any, Any]:
        before, after = _maps(model.network, path, preprocess(pictures, model.preprocess))
        width, shape = tf.shape(after)[2], [tf.shape(after)[0], -1, len(channels)]
        flat, strong = (
            tf.reshape(tf.gather(tf.cast(maps, tf.float32), list(channels), axis=-1), shape) for maps in (after, before)
        )
        at = tf.argmax(strong, axis=1, output_type=tf.int32)
        units = tf.stack([at // width, at % width], axis=-1)
        # No activation with a ceiling falls anywhere, so the largest of what goes in gives the largest answer.
        return tf.reduce_max(strong, 1), tf.reduce_max(flat, 1), units, tf.reduce_all(tf.math.is_finite(flat))

    set_precision(model.network, precision)
    shape = tf.TensorSpec([None, *size, model.input_channels], tf.float32)
    return trace_function(outputs, shape)


def _maps(network: keras.Model, path: str, pictures: Any) -> tuple[Any, Any]:
    """A layer's maps as they are ordered, and as they are: the same, unless its activation has a ceiling."""
    layer: Any = find_layer(network, path)
    if isinstance(layer, keras.layers.ReLU | keras.layers.Activation):
        call = layer_calls(network, [path], pictures)[path]
        return (call.input if _has_ceiling(layer) else call.output), call.output
    if not _has_ceiling(layer):
        output = layer_calls(network, [path], pictures)[path].output
        return output, output
    activation = layer.activation
    with without_activation(layer):
        before = layer_calls(network, [path], pictures)[path].output
    return before, activation(before)


def _has_ceiling(layer: Any) -> bool:
    relu = as_relu(layer.__dict__.get("activation", layer))
    return relu.ceiling is not None if relu else activation_name(layer) in CEILINGS


def within(boxes: np.ndarray, pictures: np.ndarray) -> np.ndarray:
    """Boxes of seen_boxes() without what lies beyond their pictures, where those were filled up with black.

    Args:
        boxes: int (..., 4).
        pictures: int (..., 2), height and width of each picture.

    Returns:
        int32 (..., 4); at least one pixel of the picture.
    """
    top = np.clip(boxes[..., :2], 0, pictures - 1)
    bottom = np.clip(boxes[..., 2:], top + 1, pictures)
    return np.concatenate([top, bottom], axis=-1).astype(np.int32)


def seen_boxes(units: np.ndarray, field: Field, size: tuple[int, int], shown_boxes: np.ndarray) -> np.ndarray:
    """What units see of a picture, in its own pixels.

    Args:
        units: int (..., 2), row and column in the layer's map.
        field: of the layer, in pixels of what the network was shown.
        size: height and width of that.
        shown_boxes: int (..., 4): top, left, height and width of what was shown, in the picture's own pixels.

    Returns:
        int32 (..., 4): top, left, bottom, right, the last two outside; at least one pixel, and nothing beyond what was
        shown: the rest of a field lies in the padding.
    """
    shown = np.asarray(size, np.float64)
    if field.size is None:
        low, high = np.zeros(units.shape), np.broadcast_to(shown, units.shape)
    else:
        low = np.asarray(field.start) + units * field.stride - (field.size - 1) / 2
        high = low + field.size
    low, high = np.clip(low, 0, shown - 1), np.clip(high, 1, shown)
    scale = shown_boxes[..., 2:] / shown
    # Numbers that are whole but for rounding stay what they are.
    top = shown_boxes[..., :2] + np.floor(low * scale + 1e-6)
    bottom = shown_boxes[..., :2] + np.ceil(high * scale - 1e-6)
    return np.concatenate([top, np.maximum(bottom, top + 1)], axis=-1).astype(np.int32)
