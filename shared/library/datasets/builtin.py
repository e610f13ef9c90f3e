"""Data sets that come with libraries: digits lies in scikit-learn's wheel, the others where keras.datasets keeps them.

Each is arrays of pixels; nothing is downloaded here, and Keras is not imported.
"""

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from shared.errors import RefusedUpload, UnknownDataset, choices, message
from shared.library.datasets.array_files import ARRAYS, read_arrays
from shared.library.datasets.card import Picture
from shared.library.datasets.check import CheckedSet
from shared.library.datasets.decode import difference_hash, pixel_digest
from shared.library.datasets.splits import Shares
from shared.settings import keras_home

PREFIX = "builtin/"


@dataclass(frozen=True)
class Builtin:
    """One built-in data set.

    Attributes:
        name: without "builtin/".
        title: for people.
        classes: names by number.
        shape: (height, width, channel).
        shares: of the splits that it comes without.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    shape: tuple[int, int, int]
    shares: Shares


_DIGITS = tuple("0123456789")
_FASHION = ("T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
_CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_CIFAR_FOLDERS = ("cifar-10-batches-py-target/cifar-10-batches-py", "cifar-10-batches-py")
BUILTIN: dict[str, Builtin] = {
    one.name: one
    for one in (
        Builtin("digits", "Digits, 8 × 8, 1,797 of them", _DIGITS, (8, 8, 1), Shares(0.2, 0.2)),
        Builtin("mnist", "MNIST, handwritten digits", _DIGITS, (28, 28, 1), Shares(1 / 6, 0)),
        Builtin("fashion_mnist", "Fashion-MNIST, clothes", _FASHION, (28, 28, 1), Shares(1 / 6, 0)),
        Builtin("cifar10", "CIFAR-10, small photographs", _CIFAR, (32, 32, 3), Shares(0.1, 0)),
    )
}


def builtin(reference: str) -> Builtin:
    """The built-in data set of a reference, builtin/<name>.

    Raises:
        UnknownDataset: listing those that exist.
    """
    name = reference.removeprefix(PREFIX)
    if name not in BUILTIN:
        known = [PREFIX + one for one in BUILTIN]
        raise UnknownDataset(message("a built-in data set", reference, choices(reference, known)))
    return BUILTIN[name]


def find_builtin(one: Builtin) -> Path:
    """Where a built-in set's file lies: in scikit-learn's wheel, or in the folder where keras.datasets keeps it.

    Raises:
        UnknownDataset: it is not on this machine; says how to get it.
    """
    if one.name == "digits":
        # find_spec, not import: the package pulls in SciPy, which a dashboard has no use for.
        spec = importlib.util.find_spec("sklearn")
        if spec is None or spec.origin is None:
            raise UnknownDataset("Expected scikit-learn, which brings the digits. Install it, or add a data set.")
        return Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz"
    home = keras_home() / "datasets"
    for name in (f"{one.name}.npz", one.name.replace("_", "-"), *_CIFAR_FOLDERS):
        if name in _CIFAR_FOLDERS and one.name != "cifar10":
            continue
        if (home / name).exists():
            return home / name
    advice = (
        f"Add a file with the arrays {', '.join(ARRAYS)} under Data sets (in a terminal: `convscope datasets add "
        f"{PREFIX}{one.name} FILE.npz`); on a machine with the internet, keras.datasets has them."
    )
    raise UnknownDataset(f"This server does not have {one.title}. {advice}")


def read_builtin(one: Builtin, path: Path) -> CheckedSet:
    """Look through a built-in set's file.

    Args:
        one: which.
        path: see shared.library.datasets.array_files.read_arrays().

    Raises:
        RefusedUpload: the file holds something else.
    """
    arrays = read_arrays(path)
    checked = CheckedSet(one.classes, "pixels")
    for split, x, y in (("train", "x_train", "y_train"), ("test", "x_test", "y_test")):
        if x in arrays:
            _append(checked, split if "x_test" in arrays else "", _pixels(one, arrays[x]), _labels(one, arrays, y, x))
    return checked


def _append(checked: CheckedSet, split: str, pixels: np.ndarray, labels: np.ndarray) -> None:
    height, width, channels = pixels.shape[1:]
    for number, (values, label) in enumerate(zip(pixels, labels, strict=True)):
        image = Image.fromarray(values[..., 0] if channels == 1 else values)
        at = checked.pack.tell()
        checked.pack.write(values.tobytes())
        checked.pictures.append(
            Picture(f"{split or 'all'}/{number}", int(label), split, pixel_digest(image), difference_hash(image), width,
                    height, image.mode, at, values.nbytes)
        )  # fmt: skip


def _pixels(one: Builtin, values: np.ndarray) -> np.ndarray:
    if values.ndim == 3:
        values = values[..., None]
    if values.dtype != np.uint8 or values.shape[1:] != one.shape or not len(values):
        expected = f"uint8 pictures of shape {one.shape} for {one.title}"
        advice = "Is this the file of another data set?"
        raise RefusedUpload(message(expected, f"{values.dtype} {values.shape}", advice))
    return values


def _labels(one: Builtin, arrays: Mapping[str, np.ndarray], name: str, pictures: str) -> np.ndarray:
    labels = arrays[name].reshape(-1)
    most = len(one.classes) - 1
    good = labels.dtype.kind in "iu" and len(labels) == len(arrays[pictures]) and labels.min() >= 0
    if not good or labels.max() > most:
        received = f"{labels.dtype} {arrays[name].shape} in {name}"
        raise RefusedUpload(message(f"a label from 0 to {most} for every picture", received, "Check the file."))
    return labels
