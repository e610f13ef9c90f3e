"""Files of `filter_atlas`: the sheet, a picture a channel, the arrays; and its report's sheet and table."""

import math
from collections.abc import Mapping

import numpy as np
from PIL import Image

from shared.analyses.band_arrays import every_band
from shared.analyses.filter_atlas.parts import TILE
from shared.analyses.report_blocks import Block, Figure, Grid, Table
from shared.analyses.result_files import Files
from shared.images.contact_sheet import GAP, columns_for, stitch
from shared.images.jpeg import jpeg_bytes
from shared.results import Part
from shared.store import RunRecord

# About five million pixels: a sheet of 512 tiles is one picture of a few megabytes.
SHEET_PIXELS, LARGEST_TILE = 5_000_000, 256
JPEG_QUALITY = 90


def files(run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """sheet.png, tiles/0000.png … by channel, arrays.npz with what atlas_arrays() names."""
    tiles = {i: p.pictures["tile"] for i, p in parts.items()}
    yield "sheet.png", stitch(tiles, run.total or len(tiles))
    yield from ((f"tiles/{TILE.read(part)['channel']:04d}.png", part.pictures["tile"]) for part in parts.values())
    yield "arrays.npz", atlas_arrays(parts)


def atlas_arrays(parts: Mapping[int, Part]) -> dict[str, np.ndarray]:
    """Arrays of an atlas, one row a finished channel.

    Returns:
        `tiles` uint8 (channel, height, width, 3); `objective` float32 (channel, step); `dead` bool
        (channel); `channels` int32 (channel), the channel numbers of the rows; of networks of neither one nor three
        bands `tiles_bands` uint8 (channel, height, width, band).
    """
    rows = [parts[i] for i in sorted(parts)]
    return every_band(rows, "tile", "tiles") | {
        "tiles": np.stack([p.pictures["tile"] for p in rows]),
        "objective": np.stack([TILE.read_arrays(p)["objective"] for p in rows]),
        "dead": np.array([TILE.read(p)["dead"] for p in rows], bool),
        "channels": np.array([TILE.read(p)["channel"] for p in rows], np.int32),
    }


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
    return Figure("All channels", jpeg_bytes(stitch(tiles, count), JPEG_QUALITY), "image/jpeg", grid, wide=True)


def _shrunk(tile: np.ndarray, edge: int) -> np.ndarray:
    if tile.shape[0] == edge:
        return tile
    return np.asarray(Image.fromarray(tile).resize((edge, edge), Image.Resampling.BICUBIC))
