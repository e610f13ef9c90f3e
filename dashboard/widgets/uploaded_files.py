"""Uploads as files on the disk, for code that opens paths."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath
from tempfile import TemporaryDirectory
from typing import Any

from shared.errors import RefusedUpload, message

CHUNK = 1024 * 1024


@contextmanager
def on_disk(upload: Any) -> Iterator[Path]:
    """A temporary file with an upload's bytes, in a folder by itself, under a name of ours with the upload's ending."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{Path(upload.name).suffix.lower()}"
        _write(upload, path)
        yield path


@contextmanager
def all_on_disk(uploads: Sequence[Any]) -> Iterator[list[Path]]:
    """Temporary files that lie beside one another, each under its own name.

    Raises:
        RefusedUpload: two have one name.
    """
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / (PureWindowsPath(one.name).name or "upload") for one in uploads]
        if len(set(paths)) < len(paths):
            names = ", ".join(sorted(one.name for one in paths))
            raise RefusedUpload(message("files of different names", names[:110], "Choose each file once."))
        for upload, path in zip(uploads, paths, strict=True):
            _write(upload, path)
        yield paths


def _write(upload: Any, path: Path) -> None:
    with path.open("wb") as file:
        while chunk := upload.read(CHUNK):
            file.write(chunk)
    upload.seek(0)
