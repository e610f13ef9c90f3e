"""Files that hold a whole data set as arrays: .npz, and what scikit-learn and keras.datasets keep."""

import gzip
import pickle
import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np

from shared.errors import RefusedUpload, message
from shared.uploads.data_sets import ZIP_ERRORS

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
_MOST_BYTES = 512 * 1024**2
_IDX = {
    "x_train": "train-images-idx3-ubyte.gz",
    "y_train": "train-labels-idx1-ubyte.gz",
    "x_test": "t10k-images-idx3-ubyte.gz",
    "y_test": "t10k-labels-idx1-ubyte.gz",
}
_BATCHES = {"train": [f"data_batch_{i}" for i in range(1, 6)], "test": ["test_batch"]}


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read the arrays of a data set.

    Args:
        path: an .npz file; the digits of scikit-learn (.csv.gz); a folder with the four idx files of (Fashion-)MNIST,
            or with the six batches of CIFAR-10.

    Returns:
        x_train (picture, height, width[, channel]) and y_train, and where the file has them x_test and y_test.

    Raises:
        RefusedUpload: it is none of these, or damaged.
    """
    if path.name.endswith(".csv.gz"):
        return _from_csv(path)
    if not path.is_dir():
        return _from_npz(path)
    return _from_batches(path) if (path / "test_batch").exists() else _from_idx(path)


def _from_npz(path: Path) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > _MOST_BYTES:
                raise ValueError(f"more than {_MOST_BYTES:,} bytes unpacked")
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in ARRAYS}
    except (*ZIP_ERRORS, KeyError, TokenError, SyntaxError, MemoryError) as error:
        advice = "Save it with numpy.savez_compressed(FILE, x_train=..., y_train=..., x_test=..., y_test=...)."
        raise _refusal(f"an .npz file with the arrays {', '.join(ARRAYS)}", path, error, advice) from None


def _from_idx(folder: Path) -> dict[str, np.ndarray]:
    """The files of Y. LeCun's and of Zalando's distribution: big-endian sizes, then bytes."""
    try:
        return {name: _idx_array(folder / file_name) for name, file_name in _IDX.items()}
    except (OSError, ValueError, EOFError, zlib.error) as error:
        raise _refusal(f"a folder with {', '.join(_IDX.values())}", folder, error, "Copy the files again.") from None


def _idx_array(path: Path) -> np.ndarray:
    with gzip.open(path) as file:
        data = file.read(_MOST_BYTES)
    # The fourth byte is the number of axes, each of which has four bytes for its size.
    axes = data[3] if len(data) > 3 else 0
    shape = np.frombuffer(data, ">u4", axes, offset=4).tolist()
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


class _ArraysOnly(pickle.Unpickler):
    """Reads a pickle of arrays and plain values; whatever else one may hold is a program, and is refused."""

    _ALLOWED = ("_reconstruct", "ndarray", "dtype")

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] == "numpy" and name in self._ALLOWED:
            return np.empty(0).__reduce__()[0] if name == "_reconstruct" else getattr(np, name)
        if (module, name) == ("_codecs", "encode"):
            return lambda text, _: text.encode("latin1")  # how Python 3 writes bytes for Python 2
        raise pickle.UnpicklingError(f"it wants to call {module}.{name}")


def _from_batches(folder: Path) -> dict[str, np.ndarray]:
    """A. Krizhevsky's files: planes of red, green and blue, row by row."""
    arrays = {}
    try:
        for split, names in _BATCHES.items():
            batches = [_batch(folder / name) for name in names]
            pixels = np.concatenate([batch["data"] for batch in batches]).reshape(-1, 3, 32, 32)
            arrays[f"x_{split}"] = np.ascontiguousarray(pixels.transpose(0, 2, 3, 1))
            arrays[f"y_{split}"] = np.concatenate([np.asarray(batch["labels"]) for batch in batches])
        return arrays
    except (OSError, ValueError, KeyError, EOFError, TypeError, AttributeError, pickle.UnpicklingError) as error:
        raise _refusal("the six batches of CIFAR-10", folder, error, "Copy the files again.") from None


def _batch(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return dict(_ArraysOnly(file, encoding="latin1").load())


def _refusal(expected: str, path: Path, error: Exception, advice: str) -> RefusedUpload:
    return RefusedUpload(message(expected, f"{path.name}: {error}", advice))


def _from_csv(path: Path) -> dict[str, np.ndarray]:
    try:
        with gzip.open(path, "rt") as file:
            values = np.loadtxt(file, delimiter=",")
        # Sixteen grey levels in the file; 255 is its white.
        pixels = np.rint(values[:, :-1] * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8)
    except (OSError, ValueError, IndexError, EOFError, zlib.error) as error:
        raise _refusal("scikit-learn's digits", path, error, "Copy the file again.") from None
    return {"x_train": pixels, "y_train": values[:, -1].astype(np.int64)}
