"""Layers models of TensorFlow.js, with the numbers they were saved with."""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from shared.errors import RefusedUpload
from shared.settings import Settings
from shared.uploads.models import check_model
from shared.uploads.tfjs import pack_browser_model
from tests.fixtures.browser_models import browser_model, zipped_browser_model
from tests.fixtures.old_model_files import after, conv_2, dense_2, entry, functional, numbers, picture_input, sequential
from worker.networks.models import open_file

KERNEL, BIAS, ROWS = numbers(1, 3, 3, 2, 4), numbers(2, 4), numbers(3, 4, 3)
CONFIG = sequential(
    conv_2("conv2d", 4, 3, batch_input_shape=[None, 6, 6, 2]), entry("GlobalAveragePooling2D", "pool"),
    dense_2("dense", 3, use_bias=False),
)  # fmt: skip
WEIGHTS = {"conv2d/kernel": KERNEL, "conv2d/bias": BIAS, "dense/kernel": ROWS}


def opened(path: Path) -> keras.Model:
    return open_file(path, check_model(path, Settings()))


def expected(image: np.ndarray) -> np.ndarray:
    patches = np.lib.stride_tricks.sliding_window_view(image, (3, 3), (1, 2))
    maps = np.maximum(np.einsum("bhwcij,ijcf->bhwf", patches, KERNEL) + BIAS, 0)
    return np.asarray(maps.mean((1, 2)) @ ROWS)


@pytest.mark.parametrize(
    ("quantized", "near"), [("", 1e-5), ("float16", 5e-3), ("uint16", 1e-3), ("uint8", 0.1)], ids=str
)
def test_a_network_computes_what_it_was_saved_with(quantized: str, near: float, tmp_path: Path) -> None:
    network = opened(zipped_browser_model(tmp_path, CONFIG, WEIGHTS, quantized=quantized))
    image = numbers(9, 2, 6, 6, 2)
    np.testing.assert_allclose(np.asarray(network(image)), expected(image), atol=near)


def test_what_the_library_itself_saved(tmp_path: Path) -> None:
    path = zipped_browser_model(tmp_path, CONFIG, WEIGHTS, version="tfjs-layers 4.2.0")
    assert check_model(path, Settings()).source == "TensorFlow.js (Keras 2)"
    assert np.array_equal(opened(path).get_layer("conv2d").kernel, KERNEL)


def test_networks_inside_networks(tmp_path: Path) -> None:
    """As Teachable Machine saves them."""
    inner = functional(picture_input(6, 6, 2), conv_2("c", 4, 3, after("input_1")), out="c", name="base")
    config = sequential(inner, entry("GlobalMaxPooling2D", "g"), dense_2("d", 3, use_bias=False))
    weights = {"c/kernel": KERNEL, "c/bias": BIAS, "d/kernel": ROWS}
    network = opened(zipped_browser_model(tmp_path, config, weights, version="tfjs-layers 1.1.2"))
    assert np.array_equal(network.get_layer("base").get_layer("c").kernel, KERNEL)
    assert np.array_equal(network.get_layer("d").kernel, ROWS)


def test_the_same_files_have_the_same_digest(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    made = [zipped_browser_model(folder, CONFIG, WEIGHTS).read_bytes() for folder in (first, second)]
    assert made[0] == made[1]


def test_a_shard_that_lies_elsewhere_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.bin").write_bytes(b"0" * 100)
    path = browser_model(tmp_path / "inside", CONFIG, WEIGHTS)
    said = json.loads(path.read_text())
    said["weightsManifest"][0]["paths"][0] = "../secret.bin"
    path.write_text(json.dumps(said))
    with pytest.raises(RefusedUpload, match=r"no \.\./secret\.bin"):
        pack_browser_model(path, tmp_path / "packed.zip")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("shape", [10**6, 10**6], "shards of"),
        ("shape", [-3, 3, 2, 4], "a weight of shape"),
        ("dtype", "string", "KeyError"),
        ("shape", "abc", "as TensorFlow.js writes it"),
    ],
)
def test_a_weight_that_claims_other_than_is_there(field: str, value: object, words: str, tmp_path: Path) -> None:
    path = zipped_browser_model(tmp_path, CONFIG, WEIGHTS)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    said = json.loads(members["model.json"])
    said["weightsManifest"][0]["weights"][0][field] = value
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**members, "model.json": json.dumps(said).encode()}.items():
            archive.writestr(name, data)
    with pytest.raises(RefusedUpload, match=words):
        check_model(path, Settings())


def test_a_weight_too_few_is_told(tmp_path: Path) -> None:
    with pytest.raises(RefusedUpload, match="2 weights for layer conv2d"):
        opened(zipped_browser_model(tmp_path, CONFIG, {"conv2d/kernel": KERNEL, "dense/kernel": ROWS}))
