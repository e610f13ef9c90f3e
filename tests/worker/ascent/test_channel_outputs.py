"""The shortcut through chosen filters gives what the whole layer gives."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from worker.ascent.channel_outputs import chosen_filters
from worker.networks.capture import find_layer, layer_calls, layer_outputs

layers = keras.layers
PICTURES = np.random.default_rng(2).uniform(size=(3, 16, 16, 3)).astype(np.float32)
CHANNELS = tf.constant([5, 0, 5])


def both_ways(network: keras.Model, path: str) -> tuple[np.ndarray, np.ndarray, int]:
    """Maps of the chosen channels by the shortcut and by the whole layer, and how many channels were computed."""
    call = layer_calls(network, [path], PICTURES)[path]
    short, places = chosen_filters(find_layer(network, path), call, CHANNELS)
    whole = layer_outputs(network, [path], PICTURES)[path]
    pick = [np.asarray(short)[i, ..., int(places[i])] for i in range(3)]
    expected = [np.asarray(whole)[i, ..., int(CHANNELS[i])] for i in range(3)]
    return np.stack(pick), np.stack(expected), int(short.shape[-1])


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(8, 3, activation="relu", padding="same", name="target"),
        layers.Conv2D(8, 5, strides=2, name="target"),
        layers.Conv2D(8, 3, dilation_rate=2, use_bias=False, padding="same", activation="silu", name="target"),
    ],
    ids=["relu", "strided", "dilated"],
)
def test_a_plain_convolution_computes_the_chosen_filters_alone(layer: layers.Layer) -> None:
    keras.utils.set_random_seed(1)
    network = keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(4, 3), layer, layers.Flatten()])
    found, expected, computed = both_ways(network, "target")
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    assert computed == 3


@pytest.mark.parametrize(
    "layer",
    [
        layers.SeparableConv2D(8, 3, name="target"),
        layers.DepthwiseConv2D(3, depth_multiplier=2, name="target"),
        layers.Conv2D(8, 3, activation="softmax", name="target"),
        layers.BatchNormalization(name="target"),
    ],
    ids=["separable", "depthwise", "softmax", "norm"],
)
def test_everything_else_is_run_as_it_is(layer: layers.Layer) -> None:
    keras.utils.set_random_seed(1)
    network = keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(8, 3), layer])
    found, expected, computed = both_ways(network, "target")
    np.testing.assert_array_equal(found, expected)
    assert computed == layer_outputs(network, ["target"], PICTURES)["target"].shape[-1]
