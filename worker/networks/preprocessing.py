"""How pictures go into a network. Pictures are float32 in [0, 1], RGB or grey."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from shared.images.bands import stretched
from shared.library.architectures import Preprocess

# Means of ImageNet's training pictures, in the order and scale that the networks were trained with.
CAFFE_MEAN_BGR = (103.939, 116.779, 123.68)
TORCH_MEAN = (0.485, 0.456, 0.406)
TORCH_DEVIATION = (0.229, 0.224, 0.225)


def preprocess(pictures: Any, how: Preprocess) -> Any:
    """Scale pictures to what a network was trained on; differentiable.

    Args:
        pictures: float32 (batch, height, width, channel) in [0, 1]; RGB for "caffe" and "torch".
        how: see shared.library.architectures.

    Returns:
        float32, same shape; the argument is not changed.
    """
    match how:
        case "0..1":
            return tf.identity(pictures)
        case "-1..1":
            return pictures * 2.0 - 1.0
        case "0..255":
            return pictures * 255.0
        case "caffe":
            return tf.reverse(pictures, axis=[-1]) * 255.0 - tf.constant(CAFFE_MEAN_BGR)
        case "torch":
            return (pictures - tf.constant(TORCH_MEAN)) / tf.constant(TORCH_DEVIATION)


def guess_preprocess(model: keras.Model) -> Preprocess:
    """How pictures most likely go into a file's model: 0..255 where it rescales by itself, else 0..1."""
    from worker.networks.capture import walk

    scaling = (keras.layers.Rescaling, keras.layers.Normalization)
    for _, layer in walk(model):
        if isinstance(layer, scaling):
            return "0..255"
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            break
    return "0..1"


def shown_picture(picture: np.ndarray) -> np.ndarray:
    """What a network was shown, as a page shows it: of many bands the first three, of two the first.

    Args:
        picture: float32 (height, width, channel) in [0, 1]; bands that are no colours in any range.

    Returns:
        uint8, (height, width, 3) or (height, width).
    """
    shown = stretched(picture)
    return to_uint8(shown[..., :3] if shown.shape[-1] >= 3 else shown[..., :1])


def to_uint8(picture: np.ndarray) -> np.ndarray:
    """uint8 of a float picture in [0, 1]; values outside are clipped, one channel loses its axis."""
    scaled = np.round(np.clip(picture, 0.0, 1.0) * 255.0).astype(np.uint8)
    return scaled[..., 0] if scaled.shape[-1] == 1 else scaled
