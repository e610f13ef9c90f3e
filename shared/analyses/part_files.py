"""Files of a kind that writes none of its own: all pictures and arrays of its parts, as they are."""

from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from shared.analyses.npz import npz_bytes
from shared.results import Part
from shared.store import RunRecord


def write_parts(folder: Path, _run: RunRecord, parts: Mapping[int, Part]) -> None:
    """NAME.png a picture and arrays.npz with an array a NAME; of several parts 000_NAME.png and `NAME_000`."""
    several = len(parts) > 1
    for i, part in parts.items():
        for name, picture in part.pictures.items():
            Image.fromarray(picture).save(folder / (f"{i:03d}_{name}.png" if several else f"{name}.png"))
    arrays = {f"{n}_{i:03d}" if several else n: a for i, part in parts.items() for n, a in part.arrays.items()}
    (folder / "arrays.npz").write_bytes(npz_bytes(arrays))
