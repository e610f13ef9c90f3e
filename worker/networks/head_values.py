"""What an output of a network says of pictures: the values that are explained, and its probabilities or numbers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from shared.analyses.outputs import OutputPrediction, number_rows
from shared.analyses.typed_parts import LikelyClass
from shared.errors import NotFinite, message
from worker.networks.capture import Call, every_call, find_layer
from worker.networks.heads import Head
from worker.networks.masks import areas, by_area
from worker.networks.readings import Point

# Classes that are named; all logits are there as an array.
TOP = 10
LEAST = 1e-7


def head_paths(heads: Iterable[Head]) -> list[str]:
    """Layers and operations to watch for what some outputs say, each once."""
    return list(dict.fromkeys(point.path for head in heads for point in head.reading.points))


def run_heads(
    network: keras.Model, heads: Sequence[Head], pictures: Any, paths: Sequence[str] = ()
) -> tuple[list[tuple[Any, Any]], dict[str, list[Call]]]:
    """Values and answers of some outputs, and the calls of further layers, in one pass. Differentiable.

    Args:
        network: whose they are.
        heads: the outputs.
        pictures: float32 (batch, height, width, channel), preprocessed.
        paths: of further layers.

    Returns:
        head_values() a head, and every call of the layers by path.
    """
    calls, outputs = every_call(network, list(dict.fromkeys([*paths, *head_paths(heads)])), pictures)
    return [head_values(network, head, calls, outputs[head.place]) for head in heads], calls


def head_values(network: keras.Model, head: Head, calls: Mapping[str, Sequence[Call]], output: Any) -> tuple[Any, Any]:
    """What is explained of an output, and what it says.

    Args:
        network: whose it is.
        head: the output.
        calls: of the layers where it is read, every one.
        output: what the network gives.

    Returns:
        Two float32 tensors (batch, count), of a mask (batch, height, width, count). The explained values: of a single
        yes or no the unit's logit is class 1's and its negative class 0's; of numbers, first all as they are, for
        "higher", then all negated, for "lower"; of several networks' mean the mean of their logits. What they come to:
        probabilities; of numbers the network's own values, negated likewise.
    """
    points = [_point(network, point, calls) for point in head.reading.points]
    if head.reading.join == "concat":
        points = [tf.concat(points, -1)]
    shaped = [_shaped(head, one) for one in points]
    values = shaped[0] if len(shaped) == 1 else tf.add_n(shaped) / len(shaped)
    given = _given(head, values, _shaped(head, tf.cast(output, tf.float32)), len(shaped))
    if head.ending == "binary":
        return tf.concat([-values, values], -1), tf.concat([1 - given, given], -1)
    if head.ending == "number":
        return tf.concat([values, -values], -1), tf.concat([given, -given], -1)
    return values, given


def _point(network: keras.Model, point: Point, calls: Mapping[str, Sequence[Call]]) -> Any:
    call = calls[point.path][point.call]
    match point.part:
        case "input":
            value = call.input
        case "output":
            value = call.output
        case "activation":
            value = _in_float32(network, point, call) if call.before.dtype != tf.float32 else call.before
    return tf.cast(value, tf.float32)


def _in_float32(network: keras.Model, point: Point, call: Call) -> Any:
    """A Dense or a convolution that computes in half precision, once more without its activation and exactly."""
    layer = find_layer(network, point.path)
    if type(layer) not in (keras.layers.Dense, keras.layers.Conv2D):
        return call.before
    given, kernel = tf.cast(call.input, tf.float32), tf.cast(tf.convert_to_tensor(layer.kernel), tf.float32)
    convolves = isinstance(layer, keras.layers.Conv2D)
    product = layer.convolution_op(given, kernel) if convolves else tf.tensordot(given, kernel, 1)
    return product if layer.bias is None else product + tf.cast(tf.convert_to_tensor(layer.bias), tf.float32)


def _shaped(head: Head, values: Any) -> Any:
    """Values as (batch, unit); of a mask as (batch, height, width, unit) at the output's size."""
    if head.mask is None:
        if len(values.shape) == 4 or (len(values.shape) == 3 and values.shape[-1] == head.units):
            values = tf.reduce_mean(values, tuple(range(1, len(values.shape) - 1)))
        return tf.reshape(values, [-1, head.units])
    if len(values.shape) != 4:
        return tf.reshape(values, [-1, *head.mask, head.units])
    return values if tuple(values.shape[1:3]) == head.mask else tf.image.resize(values, head.mask)


def _given(head: Head, values: Any, output: Any, members: int) -> Any:
    """Probabilities or numbers: the network's own output, or, where that is the same, worked out in float32."""
    if head.ending == "linear":
        return tf.nn.softmax(values)
    if head.ending == "binary" and head.reading.squash == "linear":
        return tf.sigmoid(values)
    if head.reading.squash == "log_softmax":
        return tf.exp(output)
    if head.reading.direct and head.reading.squash in ("softmax", "sigmoid"):
        return tf.nn.softmax(values) if head.reading.squash == "softmax" else tf.sigmoid(values)
    if head.ending == "softmax" and members > 1:  # a sum of several, which nothing divided
        return output / tf.maximum(tf.reduce_sum(output, -1, keepdims=True), LEAST)
    return output


def output_prediction(head: Head, values: np.ndarray, given: np.ndarray) -> OutputPrediction:
    """What an output says of one picture, for pages; of a mask see area_rows().

    Args:
        head: the output.
        values, given: of the picture, from head_values() without the batch.

    Raises:
        NotFinite: a value is none.
    """
    shares = areas(head, given) if head.mask else None
    if head.mask:
        values, given = values.mean((0, 1)), given.mean((0, 1))
    rows = likeliest(head.names, values, given)
    if shares is not None and head.ending != "number":
        rows = area_rows(head, values, shares)
    if head.ending != "number":
        return {**head.facts(), "top": rows, "numbers": []}
    return {**head.facts(), "top": [], "numbers": number_rows(head.number_names, given[: head.units].tolist())}


def area_rows(head: Head, values: np.ndarray, shares: np.ndarray) -> list[LikelyClass]:
    """The classes of a mask in order of what they take of the picture, which stands as their probability.

    Args:
        head: the output.
        values: float32 (class), the mean logits.
        shares: float32 (class) from areas().
    """
    rows: list[LikelyClass] = [
        {"class": i, "name": head.names[i], "logit": float(values[i]), "probability": float(shares[i])}
        for i in by_area(head, shares)
    ]
    return rows[:TOP]


def likeliest(names: Sequence[str], logits: np.ndarray, probabilities: np.ndarray) -> list[LikelyClass]:
    """The likeliest classes, first one first.

    Args:
        names: of the classes; those that are missing become "".
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
                    "choose the right preprocessing under Models (in a terminal: `convscope models add --preprocess`).")
        )  # fmt: skip
    # By the logit where probabilities round to the same; of several networks' mean only the probability says which.
    best = np.lexsort((-logits, -probabilities))[:TOP]
    return [
        {
            "class": int(i),
            "name": names[i] if i < len(names) else "",
            "logit": float(logits[i]),
            "probability": float(probabilities[i]),
        }
        for i in best
    ]
