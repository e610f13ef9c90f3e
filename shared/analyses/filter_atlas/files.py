"""Files of `filter_atlas`: the sheet, a picture a channel, the arrays."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from shared.analyses.filter_atlas.parts import TILE
from shared.analyses.npz import npz_bytes
from shared.images.contact_sheet import stitch
from shared.results import Part
from shared.store import RunRecord


def write_atlas(folder: Path, run: RunRecord, parts: Mapping[int, Part]) -> None:
    """sheet.png, tiles/0000.png … by channel, arrays.npz with what atlas_arrays() names."""
    tiles = {i: p.pictures["tile"] for i, p in parts.items()}
    Image.fromarray(stitch(tiles, run.total or len(tiles))).save(folder / "sheet.png")
    (folder / "tiles").mkdir(exist_ok=True)
    for part in parts.values():
        Image.fromarray(part.pictures["tile"]).save(folder / "tiles" / f"{TILE.read(part)['channel']:04d}.png")
    (folder / "arrays.npz").write_bytes(npz_bytes(atlas_arrays(parts)))


def atlas_arrays(parts: Mapping[int, Part]) -> dict[str, np.ndarray]:
    """Arrays of an atlas, one row a finished channel.

    Returns:
        `tiles` uint8 (channel, height, width, 3); `objective` float32 (channel, step); `dead` bool
        (channel); `channels` int32 (channel), the channel numbers of the rows.
    """
    rows = [parts[i] for i in sorted(parts)]
    return {
        "tiles": np.stack([p.pictures["tile"] for p in rows]),
        "objective": np.stack([TILE.read_arrays(p)["objective"] for p in rows]),
        "dead": np.array([TILE.read(p)["dead"] for p in rows], bool),
        "channels": np.array([TILE.read(p)["channel"] for p in rows], np.int32),
    }
