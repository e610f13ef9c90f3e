"""Files of `augmentation_preview`: the picture, its copies, and a sheet of them."""

from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from shared.analyses.augmentation_preview.parts import COPIES
from shared.analyses.npz import npz_bytes
from shared.results import Part
from shared.store import RunRecord


def write_copies(folder: Path, _run: RunRecord, parts: Mapping[int, Part]) -> None:
    """original.png, sheet.png, copies/00.png …, arrays.npz with `copies` uint8 (copy, height, width, 3)."""
    part, copies = parts[0], COPIES.read_arrays(parts[0])["copies"]
    (folder / "copies").mkdir(exist_ok=True)
    for name in ("original", "sheet"):
        Image.fromarray(part.pictures[name]).save(folder / f"{name}.png")
    for number, copy in enumerate(copies):
        Image.fromarray(copy).save(folder / "copies" / f"{number:02d}.png")
    (folder / "arrays.npz").write_bytes(npz_bytes({"copies": copies}))
