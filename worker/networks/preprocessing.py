"""How pictures go into a network. Pictures are float32 in [0, 1], RGB or grey."""

from typing import Any

import numpy as np
import tensorflow as tf

from shared.images.bands import stretched
from shared.library.preprocessing import read_preprocessing


def preprocess(pictures: Any, how: str) -> Any:
    """Scale pictures to what a network was trained on; differentiable.

    Args:
        pictures: float32 (batch, height, width, channel) in [0, 1]; RGB for "caffe" and "torch".
        how: see shared.library.preprocessing.

    Returns:
        float32, same shape; the argument is not changed.
    """
    return read_preprocessing(how).apply(tf.identity(pictures), _rounded)


def _rounded(values: Any) -> Any:
    """Whole numbers, with the gradient of what they are made of: that of a step is nothing, anywhere.

    Bengio, Léonard, Courville, "Estimating or Propagating Gradients Through Stochastic Neurons", 2013.
    """
    return values + tf.stop_gradient(tf.round(values) - values)


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
