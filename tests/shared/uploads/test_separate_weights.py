"""A network in two files: which belong together, and what one file they become."""

import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from shared.errors import RefusedUpload
from shared.settings import Settings
from shared.uploads.models import ModelFile, check_model
from shared.uploads.one_file import as_one_file
from shared.uploads.separate_weights import two_files
from tests.fixtures.model_files import dense, sequential
from tests.fixtures.old_model_files import conv_2, numbers
from tests.fixtures.old_model_files import sequential as old_sequential

LIMIT = 10**8
CONFIG = sequential(dense(), shape=(None, 8, 8, 8))
OLD = {**old_sequential(conv_2("c", 4, 3, batch_input_shape=[None, 6, 6, 2])), "keras_version": "2.3.1"}


def weights(path: Path, **attributes: object) -> Path:
    with h5py.File(path, "w") as file:
        file["layers/dense/vars/0"] = np.ones((8, 4), np.float32)
        file["layers/dense/vars/1"] = np.ones(4, np.float32)
        file.attrs.update(attributes)
    return path


def old_weights(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"c"]
        group = file.create_group("c")
        group.attrs["weight_names"] = [b"c/kernel:0", b"c/bias:0"]
        group["c/kernel:0"], group["c/bias:0"] = numbers(1, 3, 3, 2, 4), numbers(2, 4)
    return path


def text(path: Path, config: object = CONFIG) -> Path:
    path.write_text(config if isinstance(config, str) else json.dumps(config))
    return path


def checked(path: Path, other: Path | None = None) -> ModelFile:
    with as_one_file(path, other, LIMIT) as one:
        return check_model(one.path, Settings())


def test_both_files_in_either_order_are_one_network(tmp_path: Path) -> None:
    a, b = text(tmp_path / "arch.json"), weights(tmp_path / "x.weights.h5")
    found = checked(a, b)
    assert found == checked(b, a) == checked(a) == checked(b) == checked(tmp_path)
    assert found.format == "keras" and found.separate and found.parameters == 8 * 4 + 4


def test_the_same_two_files_are_the_same_bytes(tmp_path: Path) -> None:
    files = text(tmp_path / "arch.json"), weights(tmp_path / "x.weights.h5")
    old = text(tmp_path / "old.json", OLD), old_weights(tmp_path / "old.h5")
    for pair in (files, old):
        with as_one_file(*pair) as one, as_one_file(*pair) as again:
            assert one.path != again.path and one.path.read_bytes() == again.path.read_bytes()
            assert one.title == f"{pair[1].name} with {pair[0].name}"


@pytest.mark.parametrize("config", [OLD, json.dumps(OLD["config"]), json.dumps(json.dumps(OLD)), "﻿" + json.dumps(OLD)],
                         ids=["to_json", "get_config", "written twice", "with a byte order mark"])  # fmt: skip
def test_weights_by_name_become_a_legacy_file(tmp_path: Path, config: object) -> None:
    found = checked(text(tmp_path / "a.json", config), old_weights(tmp_path / "w.h5"))
    assert found.format == "h5" and found.upgraded is not None and found.origin.version.startswith("2")
    assert found.parameters == 3 * 3 * 2 * 4 + 4


@pytest.mark.parametrize("junk", [(), ("__MACOSX/._arch.json", "net/.DS_Store")])
def test_one_zip_of_both(tmp_path: Path, junk: tuple[str, ...]) -> None:
    a, b = text(tmp_path / "arch.json"), weights(tmp_path / "x.weights.h5")
    with zipfile.ZipFile(tmp_path / "both.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(a, "net/model.json")
        archive.write(b, "net/x.weights.h5")
        for name in junk:
            archive.writestr(name, b"\0")
    with as_one_file(tmp_path / "both.zip", None, LIMIT) as one, as_one_file(a, b) as two:
        assert one.path.read_bytes() == two.path.read_bytes() and one.title == "both.zip"


def test_a_zip_whose_weights_are_too_large_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "both.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(text(tmp_path / "arch.json"), "model.json")
        archive.writestr("x.weights.h5", b"\x89HDF\r\n\x1a\n" + bytes(10**7))
    with pytest.raises(RefusedUpload), as_one_file(tmp_path / "both.zip", None, 10**6) as one:
        check_model(one.path, Settings())


def test_of_several_beside_it_the_one_of_its_name_is_taken(tmp_path: Path) -> None:
    for name in ("a", "b"):
        weights(tmp_path / f"{name}.weights.h5")
    found = two_files(text(tmp_path / "b.json"))
    assert found is not None and found.weights.name == "b.weights.h5"
    with pytest.raises(RefusedUpload, match=r"2: a\.weights\.h5, b\.weights\.h5.*Name both"):
        two_files(text(tmp_path / "other.json"))


def test_what_is_no_half_stays_as_it_is(tmp_path: Path) -> None:
    weights(tmp_path / "x.weights.h5")
    whole = weights(tmp_path / "whole.h5", model_config=json.dumps(CONFIG))
    assert two_files(whole) is None
    assert two_files(text(tmp_path / "table.json", {"rows": [1, 2]})) is None
    assert two_files(text(tmp_path / "list.json", [1, 2])) is None


@pytest.mark.parametrize("given", ["two texts", "two stores", "whole"])
def test_two_files_that_are_no_pair_are_refused(tmp_path: Path, given: str) -> None:
    pairs = {
        "two texts": (text(tmp_path / "a.json"), text(tmp_path / "b.json")),
        "two stores": (weights(tmp_path / "a.h5"), weights(tmp_path / "b.h5")),
        "whole": (text(tmp_path / "c.json"), weights(tmp_path / "d.h5", model_config="{}")),
    }
    with pytest.raises(RefusedUpload, match="a network's JSON and a file of its weights alone"):
        two_files(*pairs[given])


def test_what_is_not_keras_is_refused_in_two_files_too(tmp_path: Path) -> None:
    config = sequential({"module": "keras.layers", "class_name": "Lambda", "config": {"function": "os.system"}},
                        shape=(None, 8, 8, 8))  # fmt: skip
    with pytest.raises(RefusedUpload, match="Lambda"):
        checked(text(tmp_path / "a.json", config), weights(tmp_path / "w.weights.h5"))


def test_weights_with_a_link_are_refused(tmp_path: Path) -> None:
    path = weights(tmp_path / "w.weights.h5")
    with h5py.File(path, "r+") as file:
        file["layers/other"] = h5py.ExternalLink("/etc/passwd", "/")
    with pytest.raises(RefusedUpload, match="link to another file"):
        checked(text(tmp_path / "a.json"), path)
