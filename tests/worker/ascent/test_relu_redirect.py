"""Shut ReLUs: whom the redirect helps, and that it leaves the others and the network alone."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.fixtures import tiny_models
from worker.ascent.compiled import compile_ascent
from worker.ascent.gradient_ascent import optimize
from worker.ascent.modes import lucid
from worker.ascent.objectives import channel
from worker.ascent.relu_redirect import redirect_relu, redirect_relus

layers = keras.layers


def gradient(
    x: list[list[float]], helped: list[bool], ceiling: float | None = None, sign: float = 1.0
) -> list[list[float]]:
    values = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(values)
        total = sign * tf.reduce_sum(redirect_relu(values, tf.constant(helped), ceiling) * [1.0, 2.0, -3.0])
    return np.asarray(tape.gradient(total, values)).tolist()


def test_only_a_wholly_blocked_picture_is_helped_and_only_upwards() -> None:
    shut, open_ = [-1.0, -1.0, -1.0], [-1.0, 1.0, -1.0]
    assert gradient([shut, open_], [True, True]) == [[1.0, 2.0, 0.0], [0.0, 2.0, 0.0]]
    assert gradient([shut, open_], [False, True]) == [[0.0, 0.0, 0.0], [0.0, 2.0, 0.0]]


def test_a_relu6_is_also_left_downwards() -> None:
    assert gradient([[7.0, -1.0, 9.0]], [True], 6.0) == [[0.0, 2.0, -3.0]]
    assert gradient([[7.0, 3.0, 9.0]], [True], 6.0) == [[0.0, 2.0, 0.0]]


@pytest.mark.parametrize("kind", ["conv", "activation", "layer", "relu6", "layer6"])
def test_every_kind_of_relu_is_found_and_given_back(kind: str) -> None:
    network = shut_network(kind)
    before = {layer.name: dict(layer.__dict__) for layer in network.layers}
    picture = tf.zeros((2, 8, 8, 3)) + 0.5

    def pulled(helped: list[bool]) -> np.ndarray:
        with tf.GradientTape() as tape, redirect_relus(network, tf.constant(helped)):
            tape.watch(picture)
            total = tf.reduce_sum(network(picture))
        return np.asarray(tape.gradient(total, picture))

    help_second = pulled([False, True])
    assert np.abs(help_second[0]).max() == 0 and np.abs(help_second[1]).max() > 0
    assert np.abs(pulled([False, False])).max() == 0
    assert {layer.name: dict(layer.__dict__) for layer in network.layers} == before


def shut_network(kind: str) -> keras.Model:
    """One convolution whose ReLU is shut for any picture between 0 and 1."""
    keras.utils.set_random_seed(0)
    activation = {"conv": "relu", "relu6": "relu6"}.get(kind)
    after = {
        "activation": [layers.Activation("relu")],
        "layer": [layers.ReLU()],
        "layer6": [layers.ReLU(6.0)],
    }.get(kind, [])
    conv = layers.Conv2D(3, 3, activation=activation, bias_initializer=keras.initializers.Constant(-30), name="shut")
    return keras.Sequential([keras.Input((8, 8, 3)), conv, *after])


@pytest.mark.parametrize("activation", ["silu", "gelu", "leaky_relu", "softplus"])
def test_other_activations_are_left_alone(activation: str) -> None:
    network = keras.Sequential(
        [keras.Input((4, 4, 3)), layers.Conv2D(2, 1, activation=activation), layers.ReLU(negative_slope=0.1)]
    )
    kept = [layer.__dict__.get("activation") for layer in network.layers]
    with redirect_relus(network, tf.constant([True])):
        assert [layer.__dict__.get("activation") for layer in network.layers] == kept
        assert "call" not in network.layers[-1].__dict__


def barely_shut() -> keras.Model:
    """Two 1 × 1 filters: green − red − 0.4, shut in a grey picture, and red, open."""
    inputs = keras.Input((8, 8, 3))
    conv = layers.Conv2D(2, 1, activation="relu", name="colours")
    network = keras.Model(inputs, conv(inputs))
    kernel = np.array([[-1, 1], [1, 0], [0, 0]], np.float32).reshape(1, 1, 3, 2)
    conv.set_weights([kernel, np.array([-0.2, 0], np.float32)])
    return network


def test_a_shut_channel_wakes_and_its_company_does_not_notice() -> None:
    model = tiny_models.loaded(barely_shut())
    mode = lucid((8, 8), 3)

    def height(channels: list[int], redirect: bool) -> np.ndarray:
        ascent = compile_ascent(model, channel("colours"), mode)
        ascent = replace(ascent, mode=replace(mode, redirect=redirect))
        return list(optimize(ascent, {"channel": channels}, [(0, c, 0) for c in channels], 60, 0.2))[-1].objective

    asleep, awake = height([0, 1], False), height([0, 1], True)
    assert asleep[0] == 0 and awake[0] > 0.1
    assert asleep[1] == pytest.approx(awake[1], rel=1e-5)
    assert height([1], True)[0] == pytest.approx(awake[1], rel=1e-5)
