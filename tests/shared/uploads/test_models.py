"""Model files that pass, and files made by hand that must be refused before Keras sees them."""

import contextlib
import shutil
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from shared.errors import RefusedUpload
from shared.settings import Settings
from shared.uploads.models import ModelFile, check_model
from tests.fixtures.model_files import dense, keras_file, layer, legacy_file, sequential, weights_file

keras = pytest.importorskip("keras")
layers = keras.layers

SETTINGS = Settings(max_upload=64 * 1024 * 1024)
# Keras 3.15 itself, saving with numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def convnet() -> Any:
    inner = keras.Sequential([keras.Input((14, 14, 8)), layers.SeparableConv2D(8, 3), layers.ReLU()])
    x = inputs = keras.Input((28, 28, 1))
    x = layers.RandomFlip()(layers.Rescaling(1 / 255)(x))
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu", kernel_regularizer="l2")(x)
    x = layers.BatchNormalization()(x)
    x = keras.ops.relu(x * 2.0 + 1.0)
    x = layers.Activation(keras.activations.softmax)(inner(x))
    x = layers.concatenate([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
    return keras.Model(inputs, layers.Dense(10, kernel_initializer=keras.initializers.HeNormal(1))(x), name="net")


@pytest.fixture(scope="module")
def saved(convnet: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "net.keras"
    convnet.save(path)
    return path


def test_keras_file(saved: Path, convnet: Any) -> None:
    found = check_model(saved, SETTINGS)
    assert found == ModelFile("keras", "net", convnet.count_params(), (28, 28, 1), found.layers)
    assert found.layers == 16


def test_legacy_file(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(3)])
    path = tmp_path / "net.keras"
    model.save(tmp_path / "net.h5")
    # The format comes from the first bytes, not from the name.
    shutil.move(tmp_path / "net.h5", path)
    found = check_model(path, SETTINGS)
    assert found == ModelFile("h5", model.name, model.count_params(), (28, 28, 1), 4)


def test_a_model_compiled_with_own_functions_passes(tmp_path: Path) -> None:
    config = {**sequential(dense()), "compile_config": {"loss": layer("MyLoss", None)}}
    assert check_model(keras_file(tmp_path / "a.keras", config), SETTINGS).name == "made"


def test_nothing_here_imports_keras() -> None:
    code = "import sys, shared.uploads.models; print({'keras', 'tensorflow'} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


LEGACY = {"class_name": "Sequential", "config": [{"class_name": "Dense", "config": {
    "name": "dense_1", "units": 4, "batch_input_shape": [None, 8], "kernel_initializer": {
        "class_name": "VarianceScaling", "config": {"scale": 1.0}}}}]}  # fmt: skip


def test_keras_1_list_of_layers(tmp_path: Path) -> None:
    found = check_model(legacy_file(tmp_path / "old.h5", LEGACY), SETTINGS)
    assert found == ModelFile("h5", "sequential", 32, (8,), 2)
    assert (found.origin.version, found.upgraded is not None) == ("1", True)


LIMITS = {
    "big": (sequential(dense(900_000), shape=(None, 28 * 28)),
        "at most 500,000,000 parameters.*706,500,000, most of them in Dense .*dense.*.*Raise CONVSCOPE_MAX_PARAMETERS"),
    "built big": (sequential(dense(1_000, build_config={"input_shape": [None, 10**8]})), "at most 500,000,000 para"),
    "grown": (sequential(layer("RepeatVector", n=10**6), layer("Flatten"), dense(1000)), "at most 500,000,000"),
    "not stored": (sequential(dense(100_000)), r"900,000 declared, 36 stored, most missing in Dense 'dense'"),
    "huge number": (sequential(dense(10), shape=(None, 10**4000)), "at most 268,435,456 numbers"),
    "deep": (b'{"class_name":"Sequential","config":' + b"[" * 200 + b"]" * 200 + b"}", "at most 120 levels"),
    "long": (b" " * (5 * 1024 * 1024 + 1), r"at most 5,242,880 bytes.*config\.json"),
}  # fmt: skip


@pytest.mark.parametrize(("config", "words"), LIMITS.values(), ids=LIMITS)
def test_refused_for_its_size(config: object, words: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedUpload, match=words):
        check_model(keras_file(tmp_path / "a.keras", config), SETTINGS)


BAD_FILES = {
    "empty": (b"", r"a \.keras, \.h5 or \.onnx model file\. Received: 'nothing in a\.keras'"),
    "text": (b"Dear reader, this is no model.", r"\.onnx model file.*Dear rea.*Save the model again"),
    "zip head": (b"PK\x03\x04 and nothing else", r"a whole \.keras archive.*without the record that ends it"),
    "hdf5 head": (b"\x89HDF\r\n\x1a\n and nothing else", r"whole HDF5 weights.*cut off or damaged; copy"),
    "directory": (b"PK\x03\x04" + b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 9, 9, 10**6, 4, 0),
        r"the members config\.json.*a directory of 1,000,000 bytes"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "words"), BAD_FILES.values(), ids=BAD_FILES)
def test_no_model_file(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.keras"
    path.write_bytes(data)
    with pytest.raises(RefusedUpload, match=words):
        check_model(path, SETTINGS)


def test_absent_and_too_large(tmp_path: Path, saved: Path) -> None:
    with pytest.raises(RefusedUpload, match=r"nothing in none\.keras"):
        check_model(tmp_path / "none.keras", SETTINGS)
    with pytest.raises(RefusedUpload, match=r"at most 2,048 bytes.*Raise CONVSCOPE_MAX_UPLOAD"):
        check_model(saved, Settings(max_upload=2048))
    with pytest.raises(RefusedUpload, match=r"at most 50 parameters.*most of them in .*CONVSCOPE_MAX_PARAMETERS"):
        check_model(saved, Settings(max_parameters=50))


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95, 0.9999])
def test_cut_off(share: float, saved: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.keras"
    path.write_bytes(saved.read_bytes()[: int(saved.stat().st_size * share)])
    with pytest.raises(RefusedUpload, match=r"a whole \.keras archive.*cut off or damaged"):
        check_model(path, SETTINGS)


def test_damaged_member(saved: Path, tmp_path: Path) -> None:
    data = bytearray(saved.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path = tmp_path / "a.keras"
    path.write_bytes(data)
    with pytest.raises(RefusedUpload, match=r"a whole \.keras archive.*Bad CRC"):
        check_model(path, SETTINGS)


MEMBERS = {
    "../config.json": r"plain member names.*\.\./config\.json.*write outside its folder",
    "/etc/passwd": r"plain member names.*/etc/passwd",
    "a\\b": "plain member names",
    "C:x": "plain member names",
    "assets/vocabulary.txt": r"only\. Received: 'files beside the weights \(assets/\)'",
    "model.weights.npz": r"config\.json, metadata\.json, model\.weights\.h5 only.*npz",
}


@pytest.mark.parametrize(("name", "words"), MEMBERS.items())
def test_refused_member(name: str, words: str, tmp_path: Path) -> None:
    path = keras_file(tmp_path / "a.keras", sequential(dense()), members={name: b"x"})
    with pytest.raises(RefusedUpload, match=words):
        check_model(path, SETTINGS)


def _rewrite(path: Path, change: Callable[[zipfile.ZipInfo], None], method: int = zipfile.ZIP_STORED) -> Path:
    old = keras_file(path.with_suffix(".old"), sequential(dense()))
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(path, "w") as archive:
        for info in source.infolist():
            data = source.read(info)
            info.compress_type = method
            change(info)
            archive.writestr(info, data)
    return path


def test_symbolic_link(tmp_path: Path) -> None:
    def change(info: zipfile.ZipInfo) -> None:
        info.external_attr = (stat.S_IFLNK | 0o777) << 16

    with pytest.raises(RefusedUpload, match=r"plain files.*a link or encrypted member"):
        check_model(_rewrite(tmp_path / "a.keras", change), SETTINGS)


def test_compressed_members_pass(tmp_path: Path) -> None:
    assert check_model(_rewrite(tmp_path / "a.keras", lambda _: None, zipfile.ZIP_DEFLATED), SETTINGS).parameters == 36


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_member_twice_and_member_missing(tmp_path: Path) -> None:
    path = keras_file(tmp_path / "a.keras", sequential(dense()))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(RefusedUpload, match=r"each member once.*config\.json twice"):
        check_model(path, SETTINGS)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(RefusedUpload, match=r"without metadata\.json, model\.weights\.h5"):
        check_model(path, SETTINGS)


def test_zip_bomb(tmp_path: Path) -> None:
    path = tmp_path / "a.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("metadata.json", "{}")
        with archive.open("model.weights.h5", "w") as member:
            for _ in range(70):
                member.write(bytes(1024 * 1024))
    with pytest.raises(RefusedUpload, match=r"at most 20-fold compression.*73,4\d\d,\d+ bytes packed into"):
        check_model(path, SETTINGS)


def test_header_that_lies_about_the_size(tmp_path: Path) -> None:
    path = keras_file(tmp_path / "a.keras", b" " * 200_000)
    path.write_bytes(path.read_bytes().replace(struct.pack("<LL", 200_000, 200_000), struct.pack("<LL", 90, 90)))
    with pytest.raises(RefusedUpload, match=r"Expected (a whole \.keras archive|JSON in config\.json)"):
        check_model(path, SETTINGS)


def test_damage_anywhere_gives_a_refusal_or_a_model(saved: Path, tmp_path: Path) -> None:
    """No error of the zip or JSON readers comes out, wherever the archive is damaged."""
    random = np.random.default_rng(0)
    good = np.frombuffer(saved.read_bytes(), np.uint8)
    path = tmp_path / "a.keras"
    for _ in range(40):
        bad = good.copy()
        places = random.integers(0, len(bad), 3)
        places[0] = len(bad) - 1 - places[0] % 400
        bad[places] = random.integers(0, 256, 3)
        path.write_bytes(bad.tobytes())
        with contextlib.suppress(RefusedUpload):
            check_model(path, SETTINGS)


@pytest.mark.parametrize("kind", ["keras", "h5"])
def test_weights_in_another_file(kind: str, tmp_path: Path) -> None:
    path = legacy_file(tmp_path / "a.h5", LEGACY) if kind == "h5" else weights_file(tmp_path / "w.h5")
    with h5py.File(path, "a") as file:
        file["other"] = h5py.ExternalLink("/etc/hosts", "/x")
    if kind == "keras":
        path = keras_file(tmp_path / "a.keras", sequential(dense()), path)
    with pytest.raises(RefusedUpload, match=r"inside the file itself.*a link to another file at /other"):
        check_model(path, SETTINGS)


def test_weights_only(tmp_path: Path) -> None:
    with pytest.raises(RefusedUpload, match=r"weights only.*`convscope models add keras/<architecture> FILE --name"):
        check_model(weights_file(tmp_path / "a.weights.h5"), SETTINGS)
