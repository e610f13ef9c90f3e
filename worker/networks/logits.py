"""A classifier's last step without its softmax. The model itself is never changed."""

from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from shared.analyses.typed_parts import LikelyClass
from shared.class_names import names_of_two
from shared.errors import NotFinite, message
from worker.networks.activation_names import activation_name
from worker.networks.capture import Call
from worker.networks.layer_trace import Trace, TracedLayer

Ending = Literal["softmax", "sigmoid", "linear"]
# Layers behind the one that names classes which only hand its values on, or average them over positions.
PASSES_ON = (keras.layers.Reshape, keras.layers.Flatten, keras.layers.Dropout, keras.layers.Identity)
AVERAGES = keras.layers.GlobalAveragePooling2D
# Classes that are named; all logits are there as an array.
TOP = 10


def head_of(trace: Trace) -> str:
    """Path of the layer that ends a classifier, whatever only reshapes or averages behind it; "" where none does.

    A Dense or a convolution, with its softmax or sigmoid or without; or an activation of its own.
    """
    last = trace.layers.get(trace.head)
    if last is None or _positions(last) != 1 or last.shape[-1] is None:
        return ""
    path, averaged = trace.head, False
    while path and _passes_on(trace.layers[path].layer):
        averaged = averaged or isinstance(trace.layers[path].layer, AVERAGES)
        path = trace.fed_by.get(path, "")
    ender = trace.layers.get(path)
    if ender is None or ender.shape[-1] != last.shape[-1] or not (averaged or _positions(ender) == 1):
        return ""
    return path if ending_of(ender.layer) else ""


def _positions(traced: TracedLayer) -> int:
    """Places that a layer answers for; 0 where that depends on the picture."""
    count = 1
    for side in traced.shape[:-1]:
        count *= side or 0
    return count


def _passes_on(layer: keras.layers.Layer) -> bool:
    linear = isinstance(layer, keras.layers.Activation) and _activation(layer) == "linear"
    return linear or isinstance(layer, (*PASSES_ON, AVERAGES))


def _activation(layer: keras.layers.Layer) -> str:
    return activation_name(layer)


def ending_of(layer: keras.layers.Layer) -> Ending | None:
    """How a network's last layer makes its output; None for a layer that ends no classifier."""
    if isinstance(layer, keras.layers.Softmax):
        return "softmax" if layer.axis in (-1, 3) else None
    weighted = isinstance(layer, keras.layers.Dense) or type(layer) is keras.layers.Conv2D
    name = _activation(layer) if weighted or isinstance(layer, keras.layers.Activation) else ""
    if name == "softmax":
        return "softmax"
    if name == "sigmoid":
        return "sigmoid"
    # A layer behind other layers that only squeezes values (tanh, ReLU) says nothing of classes.
    return "linear" if weighted and name == "linear" else None


def logits_of(layer: keras.layers.Layer, call: Call) -> Any:
    """The values before the softmax or sigmoid: a Dense or convolution computed again without it.

    Args:
        layer: a layer that ending_of() knows.
        call: what went in and came out.

    Returns:
        float32 (batch, classes); the mean over positions where the layer answers for several.
    """
    values = tf.cast(_before_activation(layer, call), tf.float32)
    between = list(range(1, len(values.shape) - 1))
    return tf.reduce_mean(values, between) if between else values


def _before_activation(layer: keras.layers.Layer, call: Call) -> Any:
    if ending_of(layer) == "linear":
        return call.output
    if not isinstance(layer, keras.layers.Dense | keras.layers.Conv2D):
        return call.input
    given, kernel = tf.cast(call.input, tf.float32), tf.cast(tf.convert_to_tensor(layer.kernel), tf.float32)
    if isinstance(layer, keras.layers.Conv2D):
        product = layer.convolution_op(given, kernel)
    else:
        product = tf.tensordot(given, kernel, 1)
    return product if layer.bias is None else product + tf.cast(tf.convert_to_tensor(layer.bias), tf.float32)


def probabilities_of(layer: keras.layers.Layer, logits: Any) -> Any:
    """Softmax, or sigmoid where the layer says so or there is one class only; same shape."""
    single = logits.shape[-1] == 1 or ending_of(layer) == "sigmoid"
    return tf.sigmoid(logits) if single else tf.nn.softmax(logits)


def likeliest(labels: tuple[str, ...], logits: np.ndarray, probabilities: np.ndarray) -> list[LikelyClass]:
    """The likeliest classes, first one first. A single unit gives two: the first is the second's opposite.

    Args:
        labels: class names; those that are missing become "".
        logits: float32 (class).
        probabilities: float32 (class).

    Returns:
        At most TOP rows.

    Raises:
        NotFinite: a logit or a probability is none.
    """
    if not (np.isfinite(logits).all() and np.isfinite(probabilities).all()):
        raise NotFinite(
            message("finite logits", "NaN or infinity", "The picture's values may be scaled for another network; "
                    "name the right way with `convscope models add --preprocess`.")
        )  # fmt: skip
    if len(logits) == 1:
        labels = names_of_two(labels)
        logits, probabilities = np.append(-logits, logits), np.append(1 - probabilities, probabilities)
    best = np.argsort(-logits, kind="stable")[:TOP]
    return [
        {
            "class": int(i),
            "name": labels[i] if i < len(labels) else "",
            "logit": float(logits[i]),
            "probability": float(probabilities[i]),
        }
        for i in best
    ]
