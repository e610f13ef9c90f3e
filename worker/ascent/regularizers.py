"""What a picture should not be. Each takes float32 (batch, height, width, channel) and gives float32 (batch,)."""

from typing import Any

import tensorflow as tf


def total_variation(pictures: Any) -> Any:
    """Mean absolute difference of neighbouring pixels, down and to the right.

    Mahendran, Vedaldi, "Understanding Deep Image Representations by Inverting Them", 2015, with the power 1.
    """
    down = tf.abs(pictures[:, 1:] - pictures[:, :-1])
    right = tf.abs(pictures[:, :, 1:] - pictures[:, :, :-1])
    return tf.reduce_mean(down, axis=(1, 2, 3)) + tf.reduce_mean(right, axis=(1, 2, 3))


def distance_from_grey(pictures: Any) -> Any:
    """Mean squared distance from middle grey: the L2 regularizer of a picture whose zero is grey."""
    return tf.reduce_mean(tf.square(pictures - 0.5), axis=(1, 2, 3))


REGULARIZERS = {"total_variation": total_variation, "l2": distance_from_grey}


def penalty(pictures: Any, weights: tuple[tuple[str, float], ...]) -> Any:
    """Weighted sum of regularizers, float32 (batch,); zeros without any.

    Args:
        pictures: float32 (batch, height, width, channel).
        weights: (name of a regularizer, weight).
    """
    terms = [weight * REGULARIZERS[name](pictures) for name, weight in weights]
    return tf.add_n(terms) if terms else tf.zeros(tf.shape(pictures)[0])
