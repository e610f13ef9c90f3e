"""Any layer of any model: nested, shared, of a fixed size, from a file."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from shared.errors import UnknownLayer
from tests.fixtures import tiny_models
from worker.networks.capture import any_size, find_layer, layer_outputs, walk

PICTURES = np.random.default_rng(0).uniform(size=(2, 12, 12, 3)).astype(np.float32)


def test_outputs_equal_calling_the_layers_one_by_one() -> None:
    model = tiny_models.random_convnet(12)
    outputs = layer_outputs(model, ["first", "pool", "second"], PICTURES)
    x = PICTURES
    for layer in model.layers[:3]:
        x = layer(x)
        np.testing.assert_allclose(outputs[layer.name], x, rtol=1e-5)


def test_nested_layers_are_reached_by_their_path() -> None:
    model = tiny_models.nested()
    output = layer_outputs(model, ["trunk/backbone/deep"], PICTURES)["trunk/backbone/deep"]
    backbone = model.get_layer("trunk").get_layer("backbone")
    np.testing.assert_allclose(output, backbone.get_layer("deep")(PICTURES / 127.5 - 1), rtol=1e-5, atol=1e-6)


def test_a_bare_name_is_enough_where_only_one_layer_has_it() -> None:
    model = tiny_models.nested()
    assert find_layer(model, "deeper") is find_layer(model, "trunk/backbone/deeper")


def test_gradients_reach_the_picture_through_nested_models_inside_a_graph() -> None:
    model = tiny_models.nested()

    @tf.function(autograph=False)
    def gradient(pictures: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(pictures)
            total = tf.reduce_sum(layer_outputs(model, ["trunk/backbone/deeper"], pictures)["trunk/backbone/deeper"])
        return tape.gradient(total, pictures)

    found = gradient(tf.constant(PICTURES * 255)).numpy()
    assert found.shape == PICTURES.shape
    assert np.abs(found).max() > 0


def test_a_model_made_for_one_size_takes_another_up_to_its_flatten() -> None:
    model = tiny_models.random_convnet(16)
    larger = np.zeros((1, 40, 28, 3), np.float32)
    assert layer_outputs(model, ["second"], larger)["second"].shape == (1, 18, 12, 8)
    with pytest.raises(UnknownLayer, match=r"Expected pictures that reach classes.*own input size"):
        layer_outputs(model, ["classes"], larger)


def test_the_model_is_left_as_it_was() -> None:
    model = tiny_models.random_convnet(12)
    before = model(PICTURES).numpy()
    layer_outputs(model, ["second"], np.zeros((1, 30, 30, 3), np.float32))
    np.testing.assert_array_equal(model(PICTURES), before)
    assert all("call" not in layer.__dict__ for _, layer in walk(model))
    with pytest.raises(ValueError, match="incompatible"):
        model(np.zeros((1, 30, 30, 3), np.float32))


def test_the_size_check_comes_back_after_an_error() -> None:
    model = tiny_models.random_convnet(16)
    with pytest.raises(RuntimeError), any_size(model):
        raise RuntimeError
    with pytest.raises(ValueError, match="incompatible"):
        model(np.zeros((1, 8, 8, 3), np.float32))


def test_what_lies_behind_the_wanted_layer_is_not_run() -> None:
    ran = []

    class Spy(keras.layers.Layer):
        def call(self, inputs):  # type: ignore[no-untyped-def]
            ran.append(self.name)
            return inputs

    inputs = keras.Input((4, 4, 3))
    x = keras.layers.Conv2D(2, 1, name="wanted")(inputs)
    model = keras.Model(inputs, Spy(name="behind")(x))
    ran.clear()
    layer_outputs(model, ["wanted"], np.zeros((1, 4, 4, 3), np.float32))
    assert ran == []


def test_the_network_runs_as_it_does_when_it_is_used_not_as_in_training() -> None:
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((12, 12, 3)), layers.BatchNormalization(name="norm"), layers.Dropout(0.5, name="drop"),
         layers.Conv2D(2, 1, name="last")]
    )  # fmt: skip
    before = [np.asarray(w) for w in model.weights]
    found = layer_outputs(model, ["drop", "last"], PICTURES)["drop"]
    np.testing.assert_allclose(found, PICTURES / np.sqrt(1 + 1e-3), rtol=1e-5)
    for old, new in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(old, np.asarray(new))


def test_a_shared_layer_gives_its_first_output() -> None:
    model = tiny_models.shared_backbone()
    pictures = PICTURES[:, :8, :8]
    found = layer_outputs(model, ["backbone/seen_twice"], pictures)["backbone/seen_twice"]
    np.testing.assert_allclose(found, find_layer(model, "seen_twice")(pictures), rtol=1e-5)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_loaded_file_that_was_never_called_works(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    model = tiny_models.nested()
    model.save(path)
    again = keras.saving.load_model(path, compile=False)
    name = "trunk/backbone/deep"
    np.testing.assert_allclose(
        layer_outputs(again, [name], PICTURES)[name], layer_outputs(model, [name], PICTURES)[name], rtol=1e-5
    )


def test_an_unknown_layer_lists_those_there_are_nearest_first() -> None:
    with pytest.raises(UnknownLayer) as caught:
        find_layer(tiny_models.nested(), "trunk/backbone/deeep")
    assert "Did you mean trunk/backbone/deep" in str(caught.value)
    assert "head" in str(caught.value)
