"""HDF5 files whose weights lie elsewhere, are no numbers, or are announced only."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from shared.errors import RefusedUpload
from shared.uploads import stored_weights
from shared.uploads.stored_weights import count_weights, open_weights, read_model_config


def _weights(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/dense/vars/0", data=np.zeros((8, 4), "float32"))
        file.create_dataset("layers/dense/vars/1", data=np.zeros(4, "float32"))
        file.create_dataset("layers/drop/seed_generator/vars/0", data=np.zeros(2, "uint32"))
        file.create_dataset("optimizer/vars/0", data=np.zeros(9, "float32"))
        file.create_dataset("model_weights/dense/kernel:0", data=np.zeros(5, "float32"))
    return path


def _count(path: Path, folder: str = "/") -> int:
    with open_weights(path) as file:
        return count_weights(file, folder, path.stat().st_size)


def test_counts_of_the_model_alone(tmp_path: Path) -> None:
    path = _weights(tmp_path / "w.h5")
    assert _count(path) == 8 * 4 + 4 + 5
    assert _count(path, "model_weights") == 5


def _external(file: h5py.File) -> None:
    file["other"] = h5py.ExternalLink("/etc/hosts", "/x")


def _soft(file: h5py.File) -> None:
    file["other"] = h5py.SoftLink("/layers")


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
    file.create_virtual_dataset("virtual", layout)


def _outside(file: h5py.File) -> None:
    file.create_dataset("raw", (4,), "f4", external=[("/etc/hosts", 0, 16)])


def _strings(file: h5py.File) -> None:
    file["words"] = ["a", "b"]


def _hollow(file: h5py.File) -> None:
    file.create_dataset("optimizer/huge", (10**9,), "f4", chunks=(10**6,))


def _named_type(file: h5py.File) -> None:
    file["type"] = np.dtype("f4")


EVIL_WEIGHTS = {
    _external: r"inside the file itself.*a link to another file at /other",
    _soft: r"inside the file itself.*a soft link at /other",
    _virtual: r"values lie in another file, /virtual",
    _outside: r"values lie in another file, /raw",
    _strings: r"weights that are numbers.*object at /words",
    _hollow: r"at most 20 times the file's size.*4,000,000,\d+ bytes in a file of",
    _named_type: r"groups and datasets only.*at /type",
}


@pytest.mark.parametrize(("change", "words"), EVIL_WEIGHTS.items(), ids=lambda v: getattr(v, "__name__", ""))
def test_evil_weights(change: Callable[[h5py.File], None], words: str, tmp_path: Path) -> None:
    path = _weights(tmp_path / "w.h5")
    with h5py.File(path, "a") as file:
        change(file)
    with pytest.raises(RefusedUpload, match=words):
        _count(path)


def test_a_group_that_holds_itself(tmp_path: Path) -> None:
    path = _weights(tmp_path / "w.h5")
    with h5py.File(path, "a") as file:
        file["layers/again"] = file["layers"]
        file["root"] = file["/"]
    assert _count(path) == 41


def test_too_many_objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_weights, "MAX_OBJECTS", 3)
    with pytest.raises(RefusedUpload, match="at most 3 objects in the weights"):
        _count(_weights(tmp_path / "w.h5"))


def test_weights_only(tmp_path: Path) -> None:
    path = _weights(tmp_path / "a.weights.h5")
    words = r"weights only.*`convscope models add keras/<architecture> FILE --name NAME`"
    with open_weights(path) as file, pytest.raises(RefusedUpload, match=words):
        read_model_config(file)


@pytest.mark.parametrize("value", [7, ["{}", "{}"], np.zeros(3), "x" * (5 * 1024 * 1024 + 1)])
def test_model_config_of_another_type_or_size(value: object, tmp_path: Path) -> None:
    path = _weights(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = value
    with open_weights(path) as file, pytest.raises(RefusedUpload, match=r"`model_config` (as one text|of at most)"):
        read_model_config(file)


@pytest.mark.parametrize("damage", [0.3, 0.9])
def test_cut_off(damage: float, tmp_path: Path) -> None:
    path = _weights(tmp_path / "a.h5")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * damage)])
    with pytest.raises(RefusedUpload, match=r"whole HDF5 weights.*cut off or damaged; copy it again"):
        _count(path)
