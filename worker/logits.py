"""A classifier's last step without its softmax. The model itself is never changed."""

from typing import Any, Literal

import keras
import tensorflow as tf

from worker.capture import Call
from worker.layer_trace import Trace

Ending = Literal["softmax", "sigmoid", "linear"]


def head_of(trace: Trace) -> str:
    """Path of the layer that ends a classifier: a Dense, or an activation of its own; "" where there is none."""
    last = trace.layers.get(trace.head)
    if last is None or len(last.shape) != 1:
        return ""
    return last.path if ending_of(last.layer) else ""


def ending_of(layer: keras.layers.Layer) -> Ending | None:
    """How a network's last layer makes its output; None for a layer that ends no classifier."""
    if isinstance(layer, keras.layers.Softmax):
        return "softmax"
    if not isinstance(layer, keras.layers.Dense | keras.layers.Activation):
        return None
    name = getattr(layer.activation, "__name__", "")
    if name == "softmax":
        return "softmax"
    if name == "sigmoid":
        return "sigmoid"
    # A layer behind other layers that only squeezes values (tanh, ReLU) says nothing of classes.
    return "linear" if isinstance(layer, keras.layers.Dense) and name == "linear" else None


def logits_of(layer: keras.layers.Layer, call: Call) -> Any:
    """The values before the softmax or sigmoid: the last Dense computed again without it.

    Args:
        layer: a layer that ending_of() knows.
        call: what went in and came out.

    Returns:
        float32 (batch, classes).
    """
    if ending_of(layer) == "linear":
        return tf.cast(call.output, tf.float32)
    if not isinstance(layer, keras.layers.Dense):
        return tf.cast(call.input, tf.float32)
    product = tf.matmul(tf.cast(call.input, tf.float32), tf.cast(tf.convert_to_tensor(layer.kernel), tf.float32))
    return product if layer.bias is None else product + tf.cast(tf.convert_to_tensor(layer.bias), tf.float32)


def probabilities_of(layer: keras.layers.Layer, logits: Any) -> Any:
    """Softmax, or sigmoid where the layer says so or there is one class only; same shape."""
    single = logits.shape[-1] == 1 or ending_of(layer) == "sigmoid"
    return tf.sigmoid(logits) if single else tf.nn.softmax(logits)
