"""What the report of each kind shows: an atlas as a sheet to click through, all else from the files of its result."""

import io
import math
import mimetypes
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from shared.analyses import KINDS
from shared.analyses.report_blocks import Block, Curves, Figure, Grid
from shared.client.report.tables import TABLES
from shared.images.contact_sheet import GAP, columns_for, stitch
from shared.results import Part
from shared.store import RunRecord

# A browser opens a page of this size at once; what goes beyond is named, and is in the zip.
MOST_BYTES = 48 * 1024 * 1024
# About five million pixels: a sheet of 512 tiles is one picture of a few megabytes.
SHEET_PIXELS, LARGEST_TILE = 5_000_000, 256
JPEG_QUALITY = 90
# Files that say in other words what the sheet or the tables show.
LEFT_OUT = {"filter_atlas": ("*",), "filter_twins": ("sheet.png",)}
# What comes first; all others follow by name.
FIRST = ("sheet.png", "portrait.png", "dream.png", "original.png", "picture.png", "input.png", "curves.png",
         "confusion.png", "pairs.png")  # fmt: skip
LARGE = ("portrait.png", "dream.png")
WIDE = ("sheet", "curves", "pairs", "confusion", "sheets")


def blocks_of(run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """Everything that a report of this run shows, in order."""
    found: list[Block] = []
    if run.kind == "filter_atlas" and parts:
        found.append(atlas_sheet(run, parts))
    found += _pictures(run, parts)
    found += _curves(parts)
    found += TABLES[run.kind](run, parts) if run.kind in TABLES and parts else []
    return found


def atlas_sheet(run: RunRecord, parts: Mapping[int, Part]) -> Figure:
    """All tiles as one JPEG."""
    count = run.total or len(parts)
    size = next(iter(parts.values())).pictures["tile"].shape[0]
    edge = max(8, min(size, LARGEST_TILE, int(math.sqrt(SHEET_PIXELS / count)) - GAP))
    tiles = {part.index: _shrunk(part.pictures["tile"], edge) for part in parts.values()}
    labels = [""] * count
    for part in parts.values():
        dead = ", dead" if part.facts.get("dead") else f", objective {part.facts.get('objective', 0):.4g}"
        labels[part.index] = f"channel {part.facts['channel']}{dead}"
    grid = Grid(columns_for(count), edge + GAP, edge, tuple(labels))
    return Figure("All channels", _jpeg(stitch(tiles, count)), "image/jpeg", grid, wide=True)


def _shrunk(tile: np.ndarray, edge: int) -> np.ndarray:
    if tile.shape[0] == edge:
        return tile
    return np.asarray(Image.fromarray(tile).resize((edge, edge), Image.Resampling.BICUBIC))


def _jpeg(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    # 4:4:4, for pictures made by ascent carry their detail in colour.
    Image.fromarray(pixels).save(out, format="JPEG", quality=JPEG_QUALITY, subsampling=0)
    return out.getvalue()


def _pictures(run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """The pictures that `convscope run --output` writes, as far as they fit."""
    left_out = LEFT_OUT.get(run.kind, ())
    if run.kind not in KINDS or not parts or "*" in left_out:
        return []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        KINDS[run.kind].write(folder, run, parts)
        files = [p for suffix in ("png", "jpg", "gif") for p in folder.rglob(f"*.{suffix}") if p.name not in left_out]
        return _fitting(folder, sorted(files, key=lambda path: _place(folder, path)))


def _place(folder: Path, path: Path) -> tuple[int, str]:
    name = path.relative_to(folder).as_posix()
    return (FIRST.index(name) if name in FIRST else len(FIRST), name)


def _fitting(folder: Path, files: list[Path]) -> list[Block]:
    found: list[Block] = []
    taken = 0
    for path in files:
        taken += path.stat().st_size
        if taken > MOST_BYTES:
            break
        name = path.relative_to(folder).as_posix()
        kind = mimetypes.guess_type(name)[0] or "image/png"
        wide = path.stem in WIDE or path.parent.name in WIDE
        found.append(Figure(title_of(name), path.read_bytes(), kind, wide=wide, large=name in LARGE))
    return found


def title_of(name: str) -> str:
    """What a file is called on the page: its name in words."""
    words = name.rsplit(".", 1)[0].replace("/", " · ").replace("_", " ")
    return words[:1].upper() + words[1:]


# Arrays of one number a step, as many analyses keep them.
_LINES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Objective", ("objective",)), ("Logit", ("logit",)), ("Probability", ("probability",)),
)  # fmt: skip
MOST_LINES = 8


def _curves(parts: Mapping[int, Part]) -> list[Block]:
    """Curves of parts that keep them, a line a part; an atlas has too many to tell apart."""
    found: list[Block] = []
    for title, names in _LINES:
        lines = {
            part.name or f"part {index}": part.arrays[name]
            for index, part in sorted(parts.items()) for name in names
            if name in part.arrays and part.arrays[name].ndim == 1 and part.arrays[name].size > 1
        }  # fmt: skip
        if 0 < len(lines) <= MOST_LINES:
            found.append(Curves(title, lines))
    return found
