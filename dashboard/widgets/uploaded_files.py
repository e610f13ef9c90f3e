"""Uploads as files on the disk, for code that opens paths."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHUNK = 1024 * 1024


@contextmanager
def on_disk(upload: Any) -> Iterator[Path]:
    """A temporary file with an upload's bytes, under a name of ours with the upload's ending."""
    with tempfile.NamedTemporaryFile(suffix=Path(upload.name).suffix.lower()) as file:
        while chunk := upload.read(CHUNK):
            file.write(chunk)
        file.flush()
        upload.seek(0)
        yield Path(file.name)
