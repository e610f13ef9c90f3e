"""Files of `augmentation_preview`: the picture, its copies, and a sheet of them."""

from collections.abc import Mapping

from shared.analyses.augmentation_preview.parts import COPIES
from shared.analyses.result_files import Files
from shared.results import Part
from shared.store import RunRecord


def files(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """original.png, sheet.png, copies/00.png …, arrays.npz with `copies` uint8 (copy, height, width, 3)."""
    part, copies = parts[0], COPIES.read_arrays(parts[0])["copies"]
    yield from ((f"{name}.png", part.pictures[name]) for name in ("original", "sheet"))
    yield from ((f"copies/{number:02d}.png", copy) for number, copy in enumerate(copies))
    yield "arrays.npz", {"copies": copies}
