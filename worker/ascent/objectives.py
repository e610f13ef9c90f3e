"""What to climb. An objective is a function (activations, which) -> one number a picture; larger is better.

Activations are (batch, height, width, channel) in the layer's own precision; objectives are float32.
"""

from typing import Any

import tensorflow as tf

# Padding makes the outermost positions see an artificial edge; keras.io leaves two of them out.
BORDER = 2


def channel_objective(activations: Any, channels: Any) -> Any:
    """Mean activation of one channel a picture, over positions.

    Chollet, "How convolutional neural networks see the world", 2016.

    Args:
        activations: float (batch, height, width, channel).
        channels: int32 (batch,), which channel for which picture; a tensor, so that another channel is
            another value and not another graph.

    Returns:
        float32 (batch,).
    """
    chosen = tf.one_hot(channels, tf.shape(activations)[-1], on_value=True, off_value=False, dtype=tf.bool)
    # Not a product: zero times another channel's NaN is NaN. Not a gather: its gradient is a slow scatter.
    maps = tf.reduce_sum(tf.where(chosen[:, None, None, :], activations, tf.zeros([], activations.dtype)), axis=-1)
    return tf.reduce_mean(tf.cast(_without_border(maps), tf.float32), axis=(1, 2))


def _without_border(maps: Any) -> Any:
    height, width = maps.shape[1], maps.shape[2]
    if height is None or width is None or min(height, width) <= 4 * BORDER:
        return maps
    return maps[:, BORDER:-BORDER, BORDER:-BORDER]
