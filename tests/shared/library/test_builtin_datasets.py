"""Built-in data sets: the numbers of their files, found where libraries keep them, and never a program."""

import gzip
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest

from shared.errors import RefusedUpload, UnknownDataset
from shared.library.datasets import builtin
from shared.library.datasets.array_files import read_arrays
from shared.library.datasets.report import report
from tests.fixtures.small_datasets import registry


def test_the_digits_are_scikit_learns(tmp_path: Path) -> None:
    sets = registry(tmp_path)
    dataset = sets.open("builtin/digits")
    card = dataset.card
    assert (len(dataset), card.classes, card.encoding, card.colour) == (1797, tuple("0123456789"), "pixels", False)
    counts = [sum(picture.label == digit for picture in card.pictures) for digit in range(10)]
    assert counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # as scikit-learn documents them
    first = next(i for i, picture in enumerate(card.pictures) if picture.path == "all/0")
    assert card.pictures[first].label == 0
    assert np.asarray(dataset.image(first))[0].tolist() == [round(v * 255 / 16) for v in (0, 0, 5, 13, 9, 1, 0, 0)]
    assert sets.names()["builtin/digits"] == dataset.reference == sets.resolve("builtin/digits")
    assert card.rows("test").stop == 1797 and len(report(card).counts) == 3


def small_mnist(side: int = 28) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {
        "x_train": random.integers(0, 256, (60, side, side), dtype=np.uint8), "y_train": np.arange(60) % 10,
        "x_test": random.integers(0, 256, (20, side, side), dtype=np.uint8), "y_test": np.arange(20) % 10,
    }  # fmt: skip


def test_a_built_in_set_is_read_from_a_file(tmp_path: Path) -> None:
    sets, path, arrays = registry(tmp_path), tmp_path / "mnist.npz", small_mnist()
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    sets.add_builtin("builtin/mnist", path)
    dataset = sets.open("builtin/mnist")
    assert dataset.card.splits == ("train", "validation", "test") and len(dataset.card.rows("test")) == 20
    for number in range(80):
        split, row = dataset.card.pictures[number].path.split("/")
        assert np.array_equal(np.asarray(dataset.image(number)), arrays[f"x_{split}"][int(row)])


def test_built_in_sets_are_found_where_keras_keeps_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    home, arrays = tmp_path / "keras" / "datasets", small_mnist()
    sets = registry(tmp_path)
    with pytest.raises(UnknownDataset, match=r"convscope datasets add builtin/fashion_mnist FILE\.npz"):
        sets.resolve("builtin/fashion_mnist")
    names = {"x_train": "train-images-idx3", "y_train": "train-labels-idx1", "x_test": "t10k-images-idx3",
             "y_test": "t10k-labels-idx1"}  # fmt: skip
    (home / "fashion-mnist").mkdir(parents=True)
    for name, file in names.items():
        values = arrays[name].astype(np.uint8)
        head = struct.pack(f">4B{values.ndim}L", 0, 0, 8, values.ndim, *values.shape)
        with gzip.open(home / "fashion-mnist" / f"{file}-ubyte.gz", "wb") as out:
            out.write(head + values.tobytes())
    assert sets.is_here(builtin.BUILTIN["fashion_mnist"]) and not sets.is_here(builtin.BUILTIN["cifar10"])
    assert len(sets.open("builtin/fashion_mnist")) == 80


def test_cifars_batches_are_read_without_running_them(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    planes = random.integers(0, 256, (6, 10, 3072), dtype=np.uint8)
    names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
    for name, values in zip(names, planes, strict=True):
        (tmp_path / name).write_bytes(pickle.dumps({"data": values, "labels": list(range(10))}, protocol=2))
    arrays = read_arrays(tmp_path)
    assert arrays["x_train"].shape == (50, 32, 32, 3)
    assert arrays["x_train"][13, 4, 7, 2] == planes[1, 3, 2 * 1024 + 4 * 32 + 7]

    class Program:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (str(tmp_path / "ran"),)

    (tmp_path / "test_batch").write_bytes(pickle.dumps(Program(), protocol=2))
    with pytest.raises(RefusedUpload, match="it wants to call"):
        read_arrays(tmp_path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"x_train": np.zeros((60, 32, 32), np.uint8)}, "uint8 pictures of shape"),
        ({"x_train": np.zeros((60, 28, 28), np.float32)}, "float32"),
        ({"y_train": np.full(60, 10)}, "a label from 0 to 9"),
        ({"y_test": np.arange(3)}, "a label from 0 to 9"),
        ({"y_test": np.array([{}], object)}, "numpy.savez_compressed"),
    ],
)
def test_files_that_are_no_mnist_are_refused(tmp_path: Path, changes: dict[str, np.ndarray], words: str) -> None:
    path = tmp_path / "other.npz"
    np.savez_compressed(path, **(small_mnist() | changes))  # type: ignore[arg-type]
    with pytest.raises(RefusedUpload, match=words):
        registry(tmp_path).add_builtin("builtin/mnist", path)
