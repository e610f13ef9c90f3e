"""What is at hand, as a file to send: models in memory, pictures as arrays, folders of pictures."""

import io
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image

from convscope.errors import RefusedError

NAME_LETTERS = 60


@contextmanager
def model_file(model: Any) -> Iterator[tuple[IO[bytes], str]]:
    """A model as an open file and its name.

    Args:
        model: a path (a file; a folder of a SavedModel is packed), or a Keras model, which is saved as .keras first.

    Raises:
        RefusedError: it is neither.
    """
    if isinstance(model, str | os.PathLike):
        path = Path(model).expanduser()
        if path.is_dir():
            with _packed(path) as packed:
                yield packed, f"{path.name}.zip"
            return
        with _opened(path) as file:
            yield file, path.name
        return
    if not callable(getattr(model, "save", None)):
        raise RefusedError(f"Expected a path or a Keras model. Received {type(model).__name__}.")
    with tempfile.TemporaryDirectory(prefix="convscope-") as folder:
        path = Path(folder) / f"{plain_name(str(getattr(model, 'name', 'model')))}.keras"
        model.save(path)
        with path.open("rb") as file:
            yield file, path.name


@contextmanager
def dataset_file(folder: Any) -> Iterator[tuple[IO[bytes], str]]:
    """A data set as an open zip and its name.

    Args:
        folder: of class folders, with or without splits above them; or a zip.
    """
    path = Path(folder).expanduser()
    if path.is_dir():
        with _packed(path) as packed:
            yield packed, f"{path.resolve().name}.zip"
    else:
        with _opened(path) as file:
            yield file, path.name


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise RefusedError(f"{path} cannot be read: {error.strerror}.") from None
    with file:
        yield file


@contextmanager
def _packed(folder: Path) -> Iterator[IO[bytes]]:
    """A folder as a zip on the disk, without a name of its own; pictures are packed already and only stored."""
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for path in sorted(one for one in folder.rglob("*") if one.is_file()):
                archive.write(path, path.relative_to(folder).as_posix())
        file.seek(0)
        yield file


def picture_bytes(picture: Any) -> tuple[bytes, str]:
    """A picture as the bytes of a file, and the file's name.

    Args:
        picture: a path; a PIL image; or an array: uint8 (height, width), (height, width, 1), (height, width, 3) or
            (height, width, 4) becomes a PNG, any other of two or three axes is sent as it is, numbers and all.

    Raises:
        RefusedError: it is none of these.
    """
    if isinstance(picture, str | os.PathLike):
        with _opened(Path(picture).expanduser()) as file:
            return file.read(), Path(picture).name
    buffer = io.BytesIO()
    if isinstance(picture, Image.Image):
        picture.save(buffer, "PNG")
        return buffer.getvalue(), "picture.png"
    array = np.asarray(picture)
    if array.ndim not in (2, 3) or array.dtype.kind not in "biuf" or not array.size:
        raise RefusedError("Expected a path, a PIL image, or an array (height, width) or (height, width, bands). "
                           f"Received {type(picture).__name__} of shape {array.shape}.")  # fmt: skip
    plain = array[..., 0] if array.ndim == 3 and array.shape[-1] == 1 else array
    if array.dtype == np.uint8 and (plain.ndim == 2 or plain.shape[-1] in (3, 4)):
        Image.fromarray(plain).save(buffer, "PNG")
        return buffer.getvalue(), "picture.png"
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue(), "picture.npy"


def plain_name(text: str) -> str:
    """A name that a server takes, made of any text."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:NAME_LETTERS] or "model"


def free_name(wanted: str, taken: set[str]) -> str:
    """The name, with a number where it is taken."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name
