"""Inputs that a file declares as whole numbers, half precision or a fixed number of pictures."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.worker.networks.test_input_range import Front, nested, network
from worker.networks.layer_trace import trace_layers
from worker.networks.loose_inputs import take_any_batch, take_floats

layers, ops = keras.layers, keras.ops


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float16"])
@pytest.mark.parametrize("front", [lambda x: layers.Rescaling(1 / 255)(x), lambda x: ops.cast(x, "float32") / 255.0,
                                   nested(lambda x: layers.Rescaling(1 / 255)(x))],
                         ids=["layer", "cast", "nested"])  # fmt: skip
def test_gradients_reach_a_picture_that_is_declared_as_whole_numbers(dtype: str, front: Front) -> None:
    """A cast to whole numbers has none: "None values not supported" came of it."""
    same = network(front, "float32")
    model = network(front, dtype)
    assert take_floats(model) == dtype
    pictures = tf.constant(np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3)).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        outputs = model(pictures)
        first = outputs[:, 0]
    np.testing.assert_allclose(outputs, same(pictures), rtol=1e-5)
    assert float(tf.reduce_max(tf.abs(tape.gradient(first, pictures)))) > 0


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("flat", [True, False])
def test_a_number_of_pictures_that_the_file_fixes_becomes_any(batch: int, flat: bool) -> None:
    """`reshape(x, (1, -1))` made one row of four pictures: another answer, or a shape that the next layer refuses."""
    keras.utils.set_random_seed(3)
    picture = keras.Input(batch_shape=(batch, 8, 8, 3))
    maps = layers.Conv2D(4, 3)(picture)
    row = ops.reshape(maps, (batch, -1)) if flat else layers.Flatten()(ops.reshape(maps, (batch, 36, 4)))
    model = keras.Model(picture, layers.Dense(2)(row))
    pictures = np.random.default_rng(0).random((batch, 8, 8, 3)).astype(np.float32)
    expected = model(pictures)
    take_any_batch(model)
    np.testing.assert_allclose(model(pictures), expected, rtol=1e-6)
    np.testing.assert_allclose(model(np.repeat(pictures, 3, 0)), np.repeat(expected, 3, 0), rtol=1e-5)
    assert "dense" in " ".join(trace_layers(model, (8, 8)).layers), "one picture is what shapes are worked out for"
