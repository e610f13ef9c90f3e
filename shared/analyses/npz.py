"""Arrays in an .npz file, in memory or one after the other."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from typing import IO

import numpy as np


def npz_bytes(arrays: Mapping[str, np.ndarray]) -> bytes:
    """An .npz file of arrays, in memory."""
    out = io.BytesIO()
    np.savez_compressed(out, **{name: np.asarray(a) for name, a in arrays.items()})  # type: ignore[arg-type]
    return out.getvalue()


def write_npz(file: IO[bytes], arrays: Iterable[tuple[str, np.ndarray]]) -> None:
    """Write an .npz file one array after the other; as it is, for maps hardly compress in the time that it takes."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as out:
                np.lib.format.write_array(out, np.asarray(array, order="C"), allow_pickle=False)


def file_stem(path: str) -> str:
    """A layer's path as a name in a folder or an archive."""
    return path.replace("/", ".")
