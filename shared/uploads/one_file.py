"""A model as the one file that is kept: what lies in several is packed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.uploads.saved_model import pack_folder
from shared.uploads.separate_weights import pack_two_files, two_files, unpacked_pair
from shared.uploads.tfjs import is_browser_model, pack_browser_model


@dataclass(frozen=True)
class OneFile:
    """A model in one file.

    Attributes:
        path: where it lies; perhaps gone after the block.
        title: what people know it by.
    """

    path: Path
    title: str


@contextmanager
def as_one_file(path: Path, weights: Path | None = None, limit: int = 0) -> Iterator[OneFile]:
    """A model as one file for the block.

    Packed are a SavedModel's folder, layers of TensorFlow.js, and a network's JSON with weights that were saved by
    themselves: as two files, or in one zip archive.

    Args:
        path: of a file or a folder.
        weights: of a network whose JSON `path` is; None where it lies beside, or `path` is a whole network.
        limit: most bytes that a zip archive's weights may have.

    Raises:
        RefusedUpload: what lies in several files is not whole.
    """
    with TemporaryDirectory() as folder:
        yield _packed(path, weights, Path(folder), limit)


def _packed(path: Path, weights: Path | None, folder: Path, limit: int) -> OneFile:
    if weights is None and (path / "saved_model.pb").is_file():
        return OneFile(pack_folder(path, folder / "model.zip"), path.name)
    if weights is None and is_browser_model(path):
        return OneFile(pack_browser_model(path, folder / "model.zip"), path.name)
    if not path.exists() or (path.is_file() and not path.stat().st_size):
        return OneFile(path, path.name)
    if pair := two_files(path, weights):
        return OneFile(pack_two_files(pair, folder / "model"), pair.title)
    if path.is_file() and (pair := unpacked_pair(path, folder, limit)):
        return OneFile(pack_two_files(pair, folder / "model"), path.name)
    return OneFile(path, path.name)
