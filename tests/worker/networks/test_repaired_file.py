"""Files that Keras opens only in another form: the network that comes out is the one that was saved."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from shared.library import FileStore, Library, ModelRegistry
from shared.settings import Settings
from worker.networks.models import LoadedModel, WarmModels

layers = keras.layers
PICTURE = np.random.default_rng(1).random((3, 12, 12, 3)).astype(np.float32)


def convnet(batch: int | None = None, softmax: object = "softmax") -> keras.Model:
    """Two convolutions and a head, weights always the same."""
    keras.utils.set_random_seed(3)
    base = keras.Sequential([keras.Input(batch_shape=(batch, 12, 12, 3)), layers.Conv2D(4, 3), layers.ReLU()])
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 100)
    base.compile(keras.optimizers.Lion(schedule), keras.losses.CategoricalFocalCrossentropy(),
                 [keras.metrics.F1Score(), keras.metrics.TopKCategoricalAccuracy(2)])  # fmt: skip
    picture = keras.Input(batch_shape=(batch, 12, 12, 3))
    pooled = layers.GlobalAveragePooling2D()(base(picture))
    return keras.Model(picture, layers.Dense(3, activation=softmax)(pooled), name="net")


def loaded(folder: Path, path: Path) -> LoadedModel:
    """A file, added and loaded as the product does."""
    settings = Settings(data=folder / "data")
    reference = ModelRegistry(FileStore(settings.files_address), settings).add_file(path, "mine")
    return WarmModels(Library(settings)).load(reference)


def in_folder(path: Path) -> None:
    """Pack a .keras file again with its folder inside, as macOS does."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"net/{name}", data)
            archive.writestr(f"__MACOSX/net/._{name}", b"\0" * 20)


FILES: dict[str, tuple[Callable[[], keras.Model], str, Callable[[Path], None] | None]] = {
    "packed again": (convnet, "net.keras", in_folder),
    "a base with its own training": (convnet, "net.keras", None),
    "a batch of one": (lambda: convnet(1), "net.keras", None),
    "a batch of eight": (lambda: convnet(8), "net.keras", None),
    "a batch of eight in HDF5": (lambda: convnet(8), "net.h5", None),
    "TensorFlow's softmax": (lambda: convnet(softmax=tf.nn.softmax), "net.keras", None),
    "TensorFlow's softmax in HDF5": (lambda: convnet(softmax=tf.nn.softmax), "net.h5", None),
}


@pytest.mark.parametrize("kind", FILES)
def test_the_network_that_was_saved_comes_out(tmp_path: Path, kind: str) -> None:
    make, name, change = FILES[kind]
    make().save(tmp_path / name)
    if change:
        change(tmp_path / name)
    digest = (tmp_path / name).read_bytes()
    network = loaded(tmp_path, tmp_path / name).network
    assert network.input_shape == (None, 12, 12, 3)
    np.testing.assert_allclose(network(PICTURE), convnet()(PICTURE), rtol=1e-5)
    assert (tmp_path / name).read_bytes() == digest
