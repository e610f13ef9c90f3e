"""Many tiles in one picture."""

import math
from collections.abc import Mapping

import numpy as np

GAP = 2
PAPER = 24
# Crossed lines on a tile that does not exist yet would draw the eye; a flat, slightly lighter field does not.
EMPTY = 40


def columns_for(count: int, aspect: float = 2.0) -> int:
    """Columns of a sheet about `aspect` times as wide as high; at most 32, and no more than tiles."""
    return max(1, min(32, count, math.ceil(math.sqrt(count * aspect))))


def blank_sheet(count: int, height: int, width: int, columns: int) -> np.ndarray:
    """A sheet with room for `count` tiles.

    Returns:
        uint8 (rows·(height+GAP), columns·(width+GAP), 3).
    """
    rows = math.ceil(count / columns)
    sheet = np.full((rows * (height + GAP), columns * (width + GAP), 3), PAPER, np.uint8)
    for position in range(count):
        place(sheet, np.full((height, width, 3), EMPTY, np.uint8), position, columns)
    return sheet


def place(sheet: np.ndarray, tile: np.ndarray, position: int, columns: int) -> None:
    """Write a tile, uint8 (height, width, 3) or (height, width), at its position, row by row."""
    height, width = tile.shape[:2]
    top, left = (position // columns) * (height + GAP), (position % columns) * (width + GAP)
    sheet[top : top + height, left : left + width] = tile if tile.ndim == 3 else tile[..., None]


def stitch(tiles: Mapping[int, np.ndarray], count: int, columns: int | None = None) -> np.ndarray:
    """One picture of many equal tiles.

    Args:
        tiles: position to uint8 tile; positions without one stay empty.
        count: number of positions.
        columns: tiles in a row; None for a sheet about twice as wide as high.

    Returns:
        uint8 (height, width, 3).

    Raises:
        ValueError: when there is no tile at all.
    """
    if not tiles:
        raise ValueError("expected at least one tile, received none")
    columns = columns or columns_for(count)
    height, width = next(iter(tiles.values())).shape[:2]
    sheet = blank_sheet(count, height, width, columns)
    for position, tile in tiles.items():
        place(sheet, tile, position, columns)
    return sheet
