"""What a configuration of Keras 3 is before it is checked: without training, for any batch, under Keras's own names."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from shared.errors import RefusedUpload
from shared.settings import Settings
from shared.uploads.models import check_model
from shared.uploads.repairs import repaired
from tests.fixtures.model_files import dense, keras_file, layer, sequential

keras = pytest.importorskip("keras")
layers = keras.layers


def written(model: Any) -> dict[str, Any]:
    """The configuration as Keras would write it into a file."""
    return json.loads(json.dumps(keras.saving.serialize_keras_object(model)))


def test_nothing_changes_where_nothing_is_to_be_put_right() -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)])
    model.compile("adam", "mse")
    config = written(model)
    assert repaired(config) is config


def test_how_a_network_inside_was_trained_is_left_out_whatever_it_names() -> None:
    inner = {**sequential(dense(), shape=(None, 8)), "compile_config": {
        "optimizer": layer("Mine", "somewhere.optimizers", learning_rate=layer("Cosine", None)),
        "loss": {"class_name": "function", "module": "builtins", "config": "my_loss"}, "metrics": [layer("F1", "x")],
    }}  # fmt: skip
    made = repaired(sequential(inner))
    assert "compile_config" not in made["config"]["layers"][1]
    assert made["config"]["layers"][1]["config"] == inner["config"]


def test_a_batch_of_one_size_becomes_any() -> None:
    batch = 8
    picture = keras.Input(batch_shape=(batch, 8, 8, 3))
    base = keras.Sequential([keras.Input(batch_shape=(batch, 8, 8, 3)), layers.Conv2D(2, 3)])
    joined = layers.Concatenate()([base(picture), layers.Conv2D(3, 3)(picture)])
    flat = keras.ops.reshape(joined, (batch, -1))
    text = json.dumps(repaired(written(keras.Model(picture, layers.Dense(2)(flat)))))
    assert f"[{batch}, " not in text
    assert '"newshape": [-1, 180]' in text


def test_functions_of_tensorflow_get_the_names_of_keras() -> None:
    function = {"module": "builtins", "class_name": "function", "config": "softmax_v2", "registered_name": "function"}
    made = repaired(sequential(layer("Activation", activation=function)))
    assert made["config"]["layers"][1]["config"]["activation"] == "softmax"
    unknown = sequential(layer("Activation", activation={**function, "config": "eval"}))
    assert repaired(unknown) is unknown


@pytest.mark.parametrize("policy", ["float16", "bfloat16", "mixed_float16"])
def test_half_precision_becomes_single(policy: str) -> None:
    model = keras.Sequential([keras.Input((8, 8, 3), dtype="float16"), layers.Conv2D(2, 3, dtype=policy)])
    text = json.dumps(repaired(written(model)))
    assert "float16" not in text and '"name": "float32"' in text


def packed(path: Path, folder: str, *others: str) -> Path:
    """A .keras file that somebody unpacked and packed again."""
    plain = keras_file(path.with_suffix(".plain"), sequential(dense()))
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as archive:
        for name in source.namelist():
            archive.writestr(f"{folder}{name}", source.read(name))
        for name in others:
            archive.writestr(name, b"\0" * 20)
    return path


@pytest.mark.parametrize(("folder", "others"), [
    ("small/", ["small/"]), ("a/b/", ["a/", "a/b/"]), ("", ["__MACOSX/._config.json", ".DS_Store"]),
    ("small/", ["__MACOSX/small/._config.json", "small/.DS_Store", "small/Thumbs.db"]),
])  # fmt: skip
def test_an_archive_that_was_packed_again_passes(tmp_path: Path, folder: str, others: list[str]) -> None:
    found = check_model(packed(tmp_path / "a.keras", folder, *others), Settings())
    assert (found.parameters, found.plain) == (36, False)


def test_a_second_model_or_another_file_in_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedUpload, match=r"the members config\.json"):
        check_model(packed(tmp_path / "a.keras", "one/", "two/config.json"), Settings())
    with pytest.raises(RefusedUpload, match=r"only. Received: 'one/notes\.txt'"):
        check_model(packed(tmp_path / "b.keras", "one/", "one/notes.txt"), Settings())


def test_an_unpacked_folder_is_refused_with_the_line_that_packs_it(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    with zipfile.ZipFile(keras_file(tmp_path / "a.keras", sequential(dense()))) as archive:
        archive.extractall(folder)
    with pytest.raises(RefusedUpload, match=r"unpacked into small.*`python -m zipfile -c small\.keras small/`"):
        check_model(folder, Settings())


def test_each_part_of_an_unpacked_file_says_how_to_pack_them(tmp_path: Path) -> None:
    with zipfile.ZipFile(keras_file(tmp_path / "a.keras", sequential(dense()))) as archive:
        archive.extractall(tmp_path)
    (tmp_path / "metadata.json").write_text('{"keras_version": "3.15.1"}')
    for name in ("config.json", "metadata.json", "model.weights.h5"):
        with pytest.raises(RefusedUpload, match=r"`python -m zipfile -c name\.keras config\.json metadata\.json model"):
            check_model(tmp_path / name, Settings())
