"""One network, its activations written in every way that Keras allows: the same name, the same ReLUs, the same map."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from worker.attribution.guided_relu import guided_at, guided_relu
from worker.networks.activation_names import Relu, activation_name, as_relu
from worker.networks.before_activation import Origin, before_activation
from worker.networks.relu_swap import find_relus, swapped_relus

layers, ops = keras.layers, keras.ops
PICTURE = np.random.default_rng(1).normal(size=(1, 12, 12, 3)).astype(np.float32)
# What stands as `activation=` of a convolution.
HELD: dict[str, Any] = {
    "name": "relu", "function": keras.activations.relu, "operation": ops.relu, "TensorFlow's": tf.nn.relu,
    "object": layers.ReLU(), "leaky object without a slope": layers.LeakyReLU(negative_slope=0.0),
    "object in an Activation": layers.Activation(layers.ReLU()),
}  # fmt: skip
# What stands behind a convolution.
BEHIND: dict[str, Callable[[Any], Any]] = {
    "layer": lambda x: layers.ReLU()(x), "Activation": lambda x: layers.Activation("relu")(x),
    "Activation of an object": lambda x: layers.Activation(layers.ReLU())(x), "ops.relu": ops.relu,
    "activations.relu": keras.activations.relu, "maximum": lambda x: ops.maximum(x, 0.0),
    "maximum, the other way round": lambda x: ops.maximum(0, x), "clip": lambda x: ops.clip(x, 0, 1e9),
    "leaky without a slope": lambda x: ops.leaky_relu(x, 0.0), "threshold": lambda x: ops.threshold(x, 0, 0),
    "zeros": lambda x: ops.maximum(x, np.zeros((1,), np.float32)),
    "zeros of TensorFlow": lambda x: ops.maximum(tf.zeros(1), x),
}  # fmt: skip


def network(held: Any = None, behind: Callable[[Any], Any] | None = None) -> keras.Model:
    """Three convolutions with one ReLU each, always the same weights."""
    picture = x = keras.Input((12, 12, 3))
    for name in ("a", "b", "c"):
        x = layers.Conv2D(4, 3, activation=held, name=name)(x)
        x = behind(x) if behind else x
    made = keras.Model(picture, layers.Dense(2)(layers.MaxPooling2D(2, name="pool")(x)))
    random = np.random.default_rng(7)
    for weight in made.weights:
        weight.assign(random.normal(0, 0.4, weight.shape))
    return made


def guided_gradient(made: keras.Model) -> np.ndarray:
    """d(sum of outputs) / d(picture) with guided ReLUs."""
    picture = tf.constant(PICTURE)
    with tf.GradientTape() as tape, swapped_relus(made, guided_relu):
        tape.watch(picture)
        score = tf.reduce_sum(made(picture))
    return np.asarray(tape.gradient(score, picture))


@pytest.fixture(scope="module")
def by_name() -> np.ndarray:
    return guided_gradient(network("relu"))


FORMS = [(HELD[key], None) for key in HELD] + [(None, BEHIND[key]) for key in BEHIND]


@pytest.mark.parametrize(("held", "behind"), FORMS, ids=[*HELD, *BEHIND])
def test_guided_backpropagation_finds_every_relu(
    tmp_path: Path, by_name: np.ndarray, held: Any, behind: Callable[[Any], Any] | None
) -> None:
    made = network(held, behind)
    made.save(tmp_path / "m.keras")
    for one in (made, keras.saving.load_model(tmp_path / "m.keras")):
        before = np.asarray(one(PICTURE))
        np.testing.assert_allclose(guided_gradient(one), by_name, rtol=1e-4, atol=1e-6)
        assert guided_at(one) == (3, "")
        np.testing.assert_array_equal(np.asarray(one(PICTURE)), before)


@pytest.mark.parametrize(("held", "behind"), FORMS, ids=[*HELD, *BEHIND])
def test_a_channel_is_read_before_its_relu(held: Any, behind: Callable[[Any], Any] | None) -> None:
    assert before_activation(network(held, behind), "pool", 2) == Origin("c", 2, fused=behind is None)


def test_a_network_without_relus_says_that_the_gradient_is_plain() -> None:
    assert guided_at(network("tanh"))[1].startswith("No ReLU was found")
    assert guided_at(network(layers.LeakyReLU(negative_slope=0.1)))[0] == 0


def test_what_may_hide_a_relu_is_named() -> None:
    class Mine(layers.Layer):
        def call(self, x: Any) -> Any:
            return tf.nn.relu(x)

    mine = network("relu", lambda x: Mine(name=f"mine_{x.shape[1]}")(x))
    assert guided_at(mine) == (3, "A ReLU inside mine_10, mine_8, mine_6 would not be found: there the gradient is the "
                                  "plain one.")  # fmt: skip
    assert find_relus(network(None, lambda x: ops.where(x > 0, x, 0.0))).unknown
    assert find_relus(network(lambda x: ops.maximum(x, 0), None)).unknown == ("a", "b", "c")


def test_a_channel_behind_a_sum_that_is_no_layer_says_what_hides_it() -> None:
    made = network(None, lambda x: layers.ReLU(name=f"cut_{x.shape[1]}")(x + 1.0))
    assert before_activation(made, "pool", 2) == Origin("pool", 2, hidden="cut_6")


@pytest.mark.parametrize(("thing", "name"), [
    (None, "linear"), ("softmax", "softmax"), (tf.nn.softmax, "softmax"), (layers.Softmax(), "softmax"),
    (tf.nn.silu, "silu"), (layers.LeakyReLU(), "leaky_relu"), (layers.ELU(), "elu"), (layers.PReLU(), "prelu"),
    (ops.log_softmax, "log_softmax"), (layers.ReLU(6.0), "relu6"), (layers.Activation(layers.Softmax()), "softmax"),
    (layers.Softmax(axis=1), ""), (layers.ReLU(negative_slope=0.1), "leaky_relu"), (layers.ReLU(threshold=1.0), ""),
])  # fmt: skip
def test_a_layer_is_named_by_its_activation(thing: Any, name: str) -> None:
    layer = layers.Conv2D(2, 3, activation=thing)
    layer(PICTURE)
    assert activation_name(layer) == name


def test_a_layer_without_an_activation_has_no_name() -> None:
    assert activation_name(layers.Flatten()) == activation_name(layers.Rescaling(2.0)) == ""


def test_ceilings_are_kept() -> None:
    assert as_relu(layers.ReLU(2.5)) == Relu(2.5)
    assert as_relu(layers.ReLU(6.0)) == as_relu(ops.relu6) == Relu(6.0)
    assert as_relu(layers.ReLU(negative_slope=0.1)) is None
