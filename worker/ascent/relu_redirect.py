"""Wake pictures that no gradient reaches: let gradient through shut ReLUs where it would open them.

Olah, Mordvintsev, Schubert, "Feature Visualization", Distill 2017 (their library's gradient override).
"""

from contextlib import AbstractContextManager
from typing import Any

import keras
import tensorflow as tf

from worker.networks.relu_swap import swapped_relus

# Steps of an ascent in which a picture without any gradient is helped.
REDIRECTED_STEPS = 16


def redirect_relus(network: keras.Model, helped: Any) -> AbstractContextManager[int]:
    """Within the block, trace a network whose ReLUs and ReLU6s redirect the gradient of some pictures.

    At a ReLU where all gradient of a picture is blocked, what pushes negative inputs up passes (ReLU6: also what
    pushes inputs above 6 down). Activations without dead zones are left alone; the network is, afterwards, too.

    Args:
        network: any model.
        helped: bool (batch,), which pictures.
    """
    return swapped_relus(network, lambda x, ceiling: redirect_relu(x, helped, ceiling))


def redirect_relu(x: Any, helped: Any, ceiling: float | None = None) -> Any:
    """ReLU whose gradient is redirected where a picture's is wholly blocked.

    Args:
        x: float (batch, ...).
        helped: bool (batch,).
        ceiling: 6 for ReLU6, None for ReLU.
    """

    @tf.custom_gradient
    def relu(values: Any) -> Any:
        shut = values <= 0
        full = tf.zeros_like(shut) if ceiling is None else values >= tf.cast(ceiling, values.dtype)

        def gradient(upstream: Any) -> Any:
            plain = tf.where(shut | full, tf.zeros_like(upstream), upstream)
            useful = (shut & (upstream > 0)) | (full & (upstream < 0))
            axes = tuple(range(1, len(values.shape)))
            blocked = helped & tf.logical_not(tf.reduce_any(plain != 0, axis=axes))
            blocked = tf.reshape(blocked, [-1] + [1] * len(axes))
            return tf.where(blocked & useful, upstream, plain)

        opened = tf.nn.relu(values)
        return opened if ceiling is None else tf.minimum(opened, tf.cast(ceiling, values.dtype)), gradient

    return relu(x)
