"""Bases: architectures and people's own models, cut behind their last feature maps and copied."""

from typing import Any

import keras
import numpy as np
import pytest

from shared.errors import InvalidSpec, UnknownLayer
from shared.library import ModelCard
from worker.analyses.training_run.bases import base_side, copied_base, last_block, layers_from
from worker.networks.models import LoadedModel

layers = keras.layers


def loaded(network: keras.Model, architecture: str = "") -> LoadedModel:
    return LoadedModel(network, ModelCard(architecture=architecture), "0..1", "file", "mine")


def application(name: str, **options: Any) -> keras.Model:
    function = getattr(keras.applications, name)
    return function(weights=None, include_top=False, input_shape=(None, None, 3), **options)


# Where each one's last block begins, at 96 pixels.
BLOCKS = [
    ("VGG16", "block5_conv1"), ("MobileNetV2", "block_13_depthwise"), ("ResNet50", "conv5_block1_1_conv"),
    ("MobileNetV3Small", "expanded_conv_8_depthwise"),
    pytest.param("InceptionV3", None, marks=pytest.mark.heavy), pytest.param("Xception", None, marks=pytest.mark.heavy),
    pytest.param("DenseNet121", None, marks=pytest.mark.heavy),
    pytest.param("EfficientNetB0", None, marks=pytest.mark.heavy),
    pytest.param("EfficientNetV2B0", None, marks=pytest.mark.heavy),
    pytest.param("ConvNeXtTiny", None, marks=pytest.mark.heavy),
    pytest.param("ResNet50V2", None, marks=pytest.mark.heavy), pytest.param("MobileNet", None, marks=pytest.mark.heavy),
]  # fmt: skip


@pytest.mark.parametrize(("name", "block"), BLOCKS)
def test_a_copy_sees_what_the_architecture_sees_and_ends_in_a_block(name: str, block: str | None) -> None:
    network = application(name)
    copied = copied_base(loaded(network, name.lower()), 96, 3)
    pictures = np.random.default_rng(0).uniform(0, 1, (2, 96, 96, 3)).astype(np.float32)
    assert np.allclose(np.asarray(network(pictures)), np.asarray(copied(pictures)), rtol=1e-3, atol=1e-4)
    found = last_block(copied)
    assert block in (None, found)
    weighted = [layer for layer in copied.layers if layer.trainable_variables]
    unfrozen = [layer for layer in layers_from(copied, found) if layer.trainable_variables]
    assert 0 < len(unfrozen) <= (len(weighted) + 1) // 2 + 1
    assert weighted[-1] in unfrozen


def head(maps: keras.KerasTensor) -> keras.KerasTensor:
    return layers.Dense(4, activation="softmax")(layers.Flatten()(maps))


def plain() -> keras.Model:
    inputs = keras.Input((32, 32, 3))
    maps = layers.MaxPooling2D(name="pool")(layers.Conv2D(4, 3, name="conv")(inputs))
    return keras.Model(inputs, head(maps))


def joined() -> keras.Model:
    """Its last feature maps are the sum of two branches, which no layer made."""
    inputs = keras.Input((32, 32, 3))
    one, two = (layers.Conv2D(4, 3, padding="same", name=name)(inputs) for name in ("one", "two"))
    return keras.Model(inputs, head(one + two))


def nested() -> keras.Model:
    body = keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(4, 3, name="conv"), layers.ReLU()], name="body")
    return keras.Sequential(
        [keras.Input((32, 32, 3)), layers.Rescaling(1 / 255), body, layers.Flatten(), layers.Dense(4)]
    )


def one_by_one() -> keras.Model:
    """Its output is a map of one position, as of a network that was made fully convolutional."""
    inputs = keras.Input((32, 32, 3))
    maps = layers.Conv2D(4, 3, strides=2, name="conv")(inputs)
    return keras.Model(inputs, layers.Conv2D(2, 15, name="classes")(maps))


@pytest.mark.parametrize(
    ("make", "shape"), [(plain, (15, 15, 4)), (joined, (32, 32, 4)), (nested, (30, 30, 4)), (one_by_one, (15, 15, 4))]
)
def test_a_model_is_cut_behind_its_last_feature_maps(make: Any, shape: tuple[int, ...]) -> None:
    network = make()
    copied = copied_base(loaded(network), 32, 3)
    assert copied.output.shape[1:] == shape
    before = [np.array(weight) for weight in network.get_weights()]
    for variable in copied.trainable_variables:
        variable.assign(variable + 1.0)
    assert all(np.array_equal(a, b) for a, b in zip(before, network.get_weights(), strict=True)), "only the copy moves"


def test_a_copy_takes_another_size_than_the_model_was_made_for() -> None:
    assert copied_base(loaded(plain()), 48, 3).output.shape[1:] == (23, 23, 4)


def test_the_usual_size_is_the_files_own_and_160_for_an_architecture() -> None:
    assert base_side(loaded(plain())) == 32
    assert base_side(loaded(application("VGG16"), "vgg16")) == 160


def test_names_that_a_head_needs_are_given_up_by_the_base() -> None:
    inputs = keras.Input((32, 32, 3))
    network = keras.Model(inputs, head(layers.Dropout(0.3, name="dropout")(layers.Conv2D(4, 3, name="hidden")(inputs))))
    copied = copied_base(loaded(network), 32, 3)
    assert {"base_dropout", "base_hidden"} <= {layer.name for layer in copied.layers}


def test_a_model_wrapped_whole_is_cut_inside() -> None:
    wrapped = keras.Sequential([keras.Input((32, 32, 3)), layers.Rescaling(1 / 255), plain(), layers.Dense(2)])
    copied = copied_base(loaded(wrapped), 32, 3)
    assert copied.output.shape[1:] == (15, 15, 4)
    picture = np.random.default_rng(0).random((1, 32, 32, 3)).astype(np.float32)
    inner = wrapped.layers[1]
    maps = inner.get_layer("pool")(inner.get_layer("conv")(picture / 255))
    np.testing.assert_allclose(copied(picture), maps, rtol=1e-4, atol=1e-6)


def test_a_base_inside_is_cut_where_the_whole_calls_it() -> None:
    """As tutorials write transfer learning: augmentation, scaling and a base that is a network of its own."""
    inputs = keras.Input((None, None, 3))
    base = keras.Model(inputs, layers.Conv2D(5, 3, strides=2, activation="relu", name="b1")(inputs), name="base")
    inputs = keras.Input((32, 32, 3))
    augmented = keras.Sequential([layers.RandomFlip(), layers.RandomRotation(0.1)], name="augment")(inputs)
    seen = base(layers.Rescaling(1 / 127.5, -1)(augmented), training=False)
    whole = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(layers.GlobalAveragePooling2D()(seen)))
    copied = copied_base(loaded(whole), 48, 3)
    picture = np.random.default_rng(0).random((1, 48, 48, 3)).astype(np.float32) * 255
    np.testing.assert_allclose(copied(picture, training=False), base(picture / 127.5 - 1), rtol=1e-4, atol=1e-5)
    assert last_block(copied) == "base/b1"


def test_a_network_without_feature_maps_is_no_base() -> None:
    flat = keras.Sequential([keras.Input((32, 32, 3)), layers.Flatten(), layers.Dense(2)])
    with pytest.raises(InvalidSpec, match="own layers give feature maps"):
        copied_base(loaded(flat), 32, 3)


def test_layers_are_unfrozen_from_a_nested_one_upwards() -> None:
    copied = copied_base(loaded(nested()), 32, 3)
    assert [type(layer).__name__ for layer in layers_from(copied, "body/conv")] == ["Conv2D", "ReLU"]
    assert [type(layer).__name__ for layer in layers_from(copied, "body")] == ["Conv2D", "ReLU"]
    with pytest.raises(UnknownLayer, match=r"The last layer that can learn is body/conv"):
        layers_from(copied, "body/" + copied.get_layer("body").layers[-1].name)


def test_a_base_of_one_resolution_is_unfrozen_by_half() -> None:
    convs = [layers.Conv2D(4, 3, padding="same", name=f"conv{n}") for n in range(6)]
    copied = copied_base(loaded(keras.Sequential([keras.Input((32, 32, 3)), *convs])), 32, 3)
    assert last_block(copied) == "conv3"
