"""Networks of channels first: turned round, every layer and the output are what they were."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from shared.errors import RefusedUpload
from shared.library import FileStore, Library, ModelRegistry
from shared.settings import Settings
from shared.uploads.models import check_model
from worker.networks.models import WarmModels

layers, ops = keras.layers, keras.ops
PICTURES = np.random.default_rng(1).random((2, 12, 10, 3)).astype(np.float32)
FIRST: Any = {"data_format": "channels_first"}


def conv(filters: int, **more: Any) -> keras.layers.Layer:
    return layers.Conv2D(filters, 3, padding="same", **FIRST, **more)


def network(build: Callable[[Any], Any], shape: tuple[int, ...] = (3, 12, 10)) -> keras.Model:
    """A functional network with weights that differ from zero and one."""
    picture = keras.Input(shape, name="picture")
    made = keras.Model(picture, build(picture), name="first")
    random = np.random.default_rng(5)
    for weight in made.weights:
        weight.assign(random.uniform(0.2, 0.6, weight.shape))
    return made


def classifier(x: Any) -> Any:
    x = layers.MaxPooling2D(**FIRST)(layers.BatchNormalization(axis=1)(conv(4, activation="relu", name="c")(x)))
    x = layers.Flatten()(layers.SeparableConv2D(5, 3, **FIRST)(layers.ZeroPadding2D(**FIRST)(x)))
    return layers.Dense(3, activation="softmax")(x)


def branches(x: Any) -> Any:
    """Branches of both orders, joined: every way from one to the other."""
    a, b = conv(4, name="a")(x), conv(4, name="b")(x * 2.0 + 1.0)
    joined = layers.Concatenate(axis=1)([layers.Add()([a, b]), ops.relu(b - 1.0), ops.maximum(a, 0.0)])
    scaled = joined * np.arange(1, 13, dtype=np.float32).reshape(12, 1, 1)
    gate = layers.Dense(12)(layers.GlobalAveragePooling2D(**FIRST)(scaled))
    gated = layers.Multiply()([scaled, layers.Reshape((12, 1, 1))(gate)])
    return layers.GlobalMaxPooling2D(**FIRST)(layers.GroupNormalization(3, axis=1)(conv(6, name="c")(gated)))


def odd(x: Any) -> Any:
    """Layers that look along axes: they compute as before."""
    x = layers.PReLU()(layers.LayerNormalization(axis=[1, 2, 3])(conv(4, name="c")(x)))
    x = layers.LayerNormalization()(layers.UnitNormalization(axis=1)(x))
    x = layers.Softmax(axis=1)(layers.Conv2DTranspose(4, 3, strides=2, **FIRST)(layers.Dense(7)(x)))
    return layers.Flatten(**FIRST)(layers.UpSampling2D(**FIRST)(x))


def nested(x: Any) -> Any:
    inside = keras.Input((4, 12, 10))
    base = keras.Model(inside, conv(4, name="two")(conv(4, name="one")(inside)), name="base")
    block = keras.Sequential([keras.Input((4, 12, 10)), layers.ReLU(), conv(2, name="three")], name="block")
    return layers.Dense(2)(layers.Flatten()(block(base(conv(4, name="zero")(x)))))


def exported(x: Any) -> Any:
    """Turned round at once, as converters write it: all layers are of channels last."""
    x = layers.Conv2D(4, 3, name="c")(layers.Permute((2, 3, 1))(x))
    return layers.GlobalAveragePooling2D()(x)


def turned_inside(x: Any) -> Any:
    """Pictures of channels last, computed with channels first."""
    return layers.GlobalAveragePooling2D(**FIRST)(conv(4, name="c")(layers.Permute((3, 1, 2))(x)))


def mask(x: Any) -> Any:
    return layers.Activation("sigmoid")(conv(2, name="c")(x))


def loaded(folder: Path, made: keras.Model, name: str = "m.keras") -> keras.Model:
    made.save(folder / name)
    settings = Settings(data=folder / "data")
    reference = ModelRegistry(FileStore(settings.files_address), settings).add_file(folder / name, "mine")
    return WarmModels(Library(settings)).load(reference).network


@pytest.mark.parametrize("build", [classifier, branches, odd, nested, exported])
def test_a_network_of_channels_first_takes_channels_last(tmp_path: Path, build: Callable[[Any], Any]) -> None:
    made = network(build)
    mine = loaded(tmp_path, made)
    assert mine.input_shape == (None, 12, 10, 3)
    assert check_model(tmp_path / "m.keras", Settings()).input_shape == (12, 10, 3)
    wanted = np.asarray(made(PICTURES.transpose(0, 3, 1, 2), training=False))
    np.testing.assert_allclose(mine(PICTURES, training=False), wanted, rtol=2e-4, atol=1e-5)
    assert {layer.name for layer in made.layers} <= {layer.name for layer in mine.layers}


def test_one_in_a_file_of_hdf5_too(tmp_path: Path) -> None:
    made = network(classifier)
    wanted = np.asarray(made(PICTURES.transpose(0, 3, 1, 2), training=False))
    np.testing.assert_allclose(loaded(tmp_path, made, "m.h5")(PICTURES, training=False), wanted, rtol=1e-4, atol=1e-6)


def test_a_sequential_network_and_a_mask(tmp_path: Path) -> None:
    plain = keras.Sequential([keras.Input((3, 12, 10)), layers.Rescaling(2.0), conv(4), layers.MaxPooling2D(**FIRST),
                              layers.Flatten(), layers.Dense(2)])  # fmt: skip
    wanted = np.asarray(plain(PICTURES.transpose(0, 3, 1, 2)))
    np.testing.assert_allclose(loaded(tmp_path, plain)(PICTURES), wanted, rtol=1e-4, atol=1e-6)
    made = network(mask)
    wanted = np.asarray(made(PICTURES.transpose(0, 3, 1, 2))).transpose(0, 2, 3, 1)
    np.testing.assert_allclose(loaded(tmp_path, made, "mask.keras")(PICTURES), wanted, rtol=1e-4, atol=1e-6)


def test_pictures_of_channels_last_are_left_so(tmp_path: Path) -> None:
    made = network(turned_inside, (12, 10, 3))
    np.testing.assert_allclose(loaded(tmp_path, made)(PICTURES), made(PICTURES), rtol=1e-4, atol=1e-6)


def test_what_cannot_be_turned_is_refused_by_name(tmp_path: Path) -> None:
    network(lambda x: conv(4, activation="softmax", name="odd")(x)).save(tmp_path / "m.keras")
    with pytest.raises(RefusedUpload, match=r"Conv2D with channels first and a softmax.*'odd'.*Rebuild"):
        check_model(tmp_path / "m.keras", Settings())
