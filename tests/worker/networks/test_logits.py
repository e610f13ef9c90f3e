"""Logits of every way in which a classifier can end: what the network gives when its last activation is undone.

Mutations that were tried, each caught: the bias left out, the mean over positions a sum, a head found behind a ReLU.
"""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from worker.networks.capture import find_layer, layer_calls
from worker.networks.layer_trace import trace_layers
from worker.networks.logits import ending_of, head_of, likeliest, logits_of, probabilities_of

layers = keras.layers
PICTURES = np.random.default_rng(0).random((2, 8, 8, 3)).astype(np.float32)


def network(*after: Any, first: int = 4) -> keras.Model:
    keras.utils.set_random_seed(2)
    start = layers.Conv2D(first, 3, padding="same", bias_initializer="normal", name="start")
    return keras.Sequential([keras.Input((8, 8, 3)), start, *after])


def mean() -> Any:
    return layers.GlobalAveragePooling2D(name="mean")


def dense(activation: str = "softmax", units: int = 3) -> Any:
    return layers.Dense(units, activation, bias_initializer="normal", name="end")


def conv(activation: str | None, size: int = 1) -> Any:
    return layers.Conv2D(3, size, activation=activation, bias_initializer="normal", name="end")


def keepdims() -> Any:
    return layers.GlobalAveragePooling2D(keepdims=True, name="mean")


SOFTMAX_HEADS = {
    "dense": [mean(), dense()],
    "dense behind flatten": [layers.Flatten(), dense()],
    "dense, then reshape": [mean(), dense(), layers.Reshape((3,))],
    "dense, then dropout, flatten and a linear activation": [
        mean(), dense(), layers.Dropout(0.5), layers.Flatten(), layers.Activation("linear", dtype="float32")],
    "convolution on one place, flattened": [keepdims(), conv("softmax"), layers.Flatten()],
    "convolution as wide as the picture": [conv("softmax", 8), layers.Reshape((3,))],
    "convolution on one place, as it is": [keepdims(), conv("softmax")],
    "mobilenet's": [keepdims(), layers.Dropout(0.1), conv(None), layers.Reshape((3,)), layers.Activation("softmax")],
    "squeezenet's": [conv(None), mean(), layers.Activation("softmax")],
    "softmax layer": [mean(), dense("linear"), layers.Softmax()],
    "within a nested model": [keras.Sequential([mean(), dense()], name="top")],
}  # fmt: skip


def found(model: keras.Model) -> tuple[str, np.ndarray, np.ndarray]:
    """Path of the head, logits, and the probabilities that follow from them."""
    path = head_of(trace_layers(model, (8, 8)))
    assert path, "no head was found"
    layer = find_layer(model, path)
    logits = logits_of(layer, layer_calls(model, [path], tf.constant(PICTURES))[path])
    return path, np.asarray(logits), np.asarray(probabilities_of(layer, logits))


@pytest.mark.parametrize("name", SOFTMAX_HEADS)
def test_the_softmax_of_the_logits_is_the_networks_answer(name: str) -> None:
    model = network(*SOFTMAX_HEADS[name])
    _, logits, probabilities = found(model)
    np.testing.assert_allclose(probabilities, np.asarray(model(PICTURES)).reshape(2, 3), atol=1e-6)
    assert np.abs(logits.sum(-1) - 1).min() > 1e-4, "these are probabilities"


@pytest.mark.parametrize("units", [1, 4])
def test_the_sigmoid_of_the_logits_is_the_networks_answer(units: int) -> None:
    model = network(mean(), dense("sigmoid", units))
    path, _, probabilities = found(model)
    assert ending_of(find_layer(model, path)) == "sigmoid"
    np.testing.assert_allclose(probabilities, np.asarray(model(PICTURES)), atol=1e-6)


@pytest.mark.parametrize(
    ("labels", "names"),
    [(("cat", "dog"), ["cat", "dog"]), (("dog",), ["not dog", "dog"]), ((), ["", ""])],
)
def test_a_single_unit_answers_for_two_classes_and_the_second_is_its_own(
    labels: tuple[str, ...], names: list[str]
) -> None:
    """A network that is sure of a cat was said to see it with 0.4 %: the unit stands for the dog."""
    rows = likeliest(labels, np.float32([-5.5]), np.float32([0.004]))
    assert [row["class"] for row in rows] == [0, 1]
    assert [row["name"] for row in rows] == names
    np.testing.assert_allclose([row["logit"] for row in rows], [5.5, -5.5])
    np.testing.assert_allclose([row["probability"] for row in rows], [0.996, 0.004], rtol=1e-6)


@pytest.mark.parametrize("after", [[mean(), dense("linear")], [conv(None), mean()]])
def test_a_head_without_activation_is_its_own_logits(after: list[Any]) -> None:
    model = network(*after)
    np.testing.assert_allclose(found(model)[1], np.asarray(model(PICTURES)), atol=1e-6)


def test_a_softmax_at_every_position_is_undone_before_the_mean() -> None:
    model = network(conv("softmax"), mean())
    start, end = model.get_layer("start"), model.get_layer("end")
    plain = np.asarray(start(PICTURES)) @ np.asarray(end.kernel)[0, 0] + np.asarray(end.bias)
    np.testing.assert_allclose(found(model)[1], plain.mean((1, 2)), atol=1e-5)


HEADLESS = {
    "feature maps": [],
    "features behind a ReLU": [layers.ReLU(), mean()],
    "one answer a position, flattened": [conv("softmax"), layers.Flatten()],
    "tanh": [mean(), dense("tanh")],
    "softmax over another axis": [keepdims(), layers.Softmax(axis=1), layers.Flatten()],
}


@pytest.mark.parametrize("name", HEADLESS)
def test_what_ends_no_classifier_has_no_head(name: str) -> None:
    assert head_of(trace_layers(network(*HEADLESS[name]), (8, 8))) == ""
