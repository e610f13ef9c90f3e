"""Quantized networks: the numbers and gradients that Keras gives, from layers of float32 that everything else reads."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.quantizers import Int4QuantizationConfig, Int8QuantizationConfig

from shared.errors import UnknownModel
from shared.library import FileStore, Library, ModelCard, ModelRegistry
from shared.settings import Settings
from worker.analyses.evaluate_model.classifier import classifier
from worker.networks.models import LoadedModel, WarmModels
from worker.networks.quantized import as_float32

layers = keras.layers
PICTURES = np.random.default_rng(1).random((4, 12, 12, 3)).astype(np.float32)
# Keras warns of every layer that it cannot quantize, and of those that a copy has to leave out.
pytestmark = pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method:UserWarning")


def convnet() -> keras.Model:
    """A convolution and two Dense layers, always the same weights, far from zero."""
    picture = keras.Input((12, 12, 3))
    flat = layers.Flatten()(layers.Conv2D(4, 5, strides=2, activation="relu", name="c")(picture))
    wide = layers.Dense(33, activation="relu", name="d")(flat)
    made = keras.Model(picture, layers.Dense(3, activation="softmax", name="end")(wide))
    random = np.random.default_rng(7)
    for weight in made.weights:
        weight.assign(random.normal(0, 0.3, weight.shape))
    return made


def with_lora(made: keras.Model) -> keras.Model:
    """LoRA on a convolution and a Dense layer, with something learned."""
    random = np.random.default_rng(8)
    for name in ("c", "d"):
        made.get_layer(name).enable_lora(2)
    for weight in made.trainable_weights:
        if "lora" in weight.path:
            weight.assign(random.normal(0, 0.1, weight.shape))
    return made


def quantized(kind: str) -> keras.Model:
    """The network in one of the ways of Keras."""
    made = with_lora(convnet()) if "LoRA" in kind else convnet()
    ways: dict[str, dict[str, Any]] = {
        "int8": {}, "int8 weights alone": {"config": Int8QuantizationConfig(activation_quantizer=None)},
        "int4": {"config": Int4QuantizationConfig(block_size=None)},
        "int4 in groups": {"config": Int4QuantizationConfig(block_size=16)}, "float8": {}, "int8 with LoRA": {},
    }  # fmt: skip
    if kind in ways:
        made.quantize(kind.split()[0], **ways[kind])
    if kind == "float8":  # scales that training would have found
        for weight in made.weights:
            if weight.name in ("inputs_scale", "kernel_scale"):
                weight.assign(0.013)
    return made


KINDS = ("int8", "int8 weights alone", "int4", "int4 in groups", "float8", "int8 with LoRA", "LoRA")


def loaded(folder: Path, made: keras.Model) -> LoadedModel:
    """A network, saved, added and loaded as the product does."""
    made.save(folder / "m.keras")
    settings = Settings(data=folder / "data")
    reference = ModelRegistry(FileStore(settings.files_address), settings).add_file(folder / "m.keras", "mine")
    return WarmModels(Library(settings)).load(reference)


def gradient(network: keras.Model) -> np.ndarray:
    """d(first class) / d(pictures)."""
    pictures = tf.constant(PICTURES)
    with tf.GradientTape() as tape:
        tape.watch(pictures)
        score = tf.reduce_sum(network(pictures)[:, 0])
    return np.asarray(tape.gradient(score, pictures))


@pytest.mark.parametrize("kind", KINDS)
def test_it_computes_what_keras_computes(tmp_path: Path, kind: str) -> None:
    mine = loaded(tmp_path, quantized(kind))
    by_keras = keras.saving.load_model(tmp_path / "m.keras")
    wanted = np.asarray(by_keras(PICTURES))
    assert np.abs(wanted - np.asarray(convnet()(PICTURES))).max() > 1e-4, "quantization, or LoRA, changes something"
    np.testing.assert_allclose(mine.network(PICTURES), wanted, atol=2e-6)
    np.testing.assert_allclose(classifier(mine).predictions(PICTURES), wanted, atol=2e-6)
    if kind == "float8":  # of which Keras itself takes no gradient outside of fit()
        assert np.abs(gradient(mine.network)).max() > 0
    else:
        np.testing.assert_allclose(gradient(mine.network), gradient(by_keras), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_its_layers_are_those_of_a_plain_network(tmp_path: Path, kind: str) -> None:
    network, plain = loaded(tmp_path, quantized(kind)).network, convnet()
    assert [(w.path, w.shape, w.dtype, w.trainable) for w in network.weights] == [
        (w.path, w.shape, w.dtype, w.trainable) for w in plain.weights
    ]
    assert [type(layer).__name__ for layer in network.layers] == [type(layer).__name__ for layer in plain.layers]
    copied = keras.models.clone_model(network)
    copied.set_weights(network.get_weights())
    assert all(type(layer).__module__.startswith("keras.") for layer in copied.layers)
    np.testing.assert_allclose(copied(PICTURES), network(PICTURES), atol=0.1)


def test_another_layer_that_was_quantized_is_named() -> None:
    inputs = keras.Input((4, 3))
    made = keras.Model(inputs, layers.EinsumDense("abc,cd->abd", (None, 7), name="mixed")(inputs))
    made.quantize("int8")
    with pytest.raises(UnknownModel, match=r"Received: 'EinsumDense mixed of int8'"):
        as_float32(made)


def test_a_plain_network_stays_as_it_is() -> None:
    made = convnet()
    before = [id(weight) for weight in made.weights]
    assert [id(weight) for weight in as_float32(made).weights] == before
    assert LoadedModel(made, ModelCard(architecture=""), "0..1", "file", "mine").network is made
