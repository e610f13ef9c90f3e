"""The report of `filter_atlas`: a sheet to click through, and its channels by objective."""

import io
import math
from collections.abc import Mapping

import numpy as np
from PIL import Image

from shared.analyses.report_blocks import Block, Figure, Grid, Table
from shared.images.contact_sheet import GAP, columns_for, stitch
from shared.results import Part
from shared.store import RunRecord

# About five million pixels: a sheet of 512 tiles is one picture of a few megabytes.
SHEET_PIXELS, LARGEST_TILE = 5_000_000, 256
JPEG_QUALITY = 90


def blocks(run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """The sheet, then a row a channel."""
    rows = sorted((p.facts for p in parts.values()), key=lambda f: (bool(f.get("dead")), -float(f["objective"])))
    shown = [
        (f["channel"], f["objective"], f"dead on {f.get('starts', 1)} starts" if f.get("dead") else "") for f in rows
    ]
    return [atlas_sheet(run, parts), Table("Channels by objective", ("Channel", "Objective", ""), shown)]


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
