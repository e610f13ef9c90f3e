"""Pieces of pictures that excite channels most: shards of a data set, merging their bests, cutting the pieces.

Works on any subset of a run's parts in any order, so that a page can show what the shards so far have found.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from shared.analyses.dataset_examples.parts import ExampleArrays

# A shard is what a worker that dies loses, and what a page waits for.
SHARD, MOST_SHARDS = 256, 64
# Pieces of up to so many pixels are enlarged in blocks; larger ones smoothly.
BLOCKS = 24
GREY, EMPTY = 128, 40
# Pixels between the pieces of a tile.
APART = 2
# The sheet of all tiles has at most so many pixels: a photograph takes two bytes each as PNG.
SHEET_PIXELS, LARGEST_PIECE, SMALLEST_PIECE = 5_000_000, 96, 16
NAMES = ("strength", "values", "picture", "label", "unit", "box")


@dataclass(frozen=True)
class Examples:
    """The strongest units of some pictures, best first; of each picture a channel's strongest one alone.

    Attributes:
        strength: float32 (channel, k), what the order goes by: the unit's activation, or, where that has a ceiling
            (ReLU6, sigmoid), what goes into the activation; −inf where there are fewer pictures than k.
        values: float32 (channel, k), the units' activations; −inf where there are none.
        picture: int32 (channel, k), number in the data set; −1 where there is none.
        label: int32 (channel, k), number of the picture's class; −1 where there is none.
        unit: int32 (channel, k, 2), row and column in the layer's map.
        box: int32 (channel, k, 4), top, left, bottom and right of what the unit sees, in the picture's own pixels;
            bottom and right lie outside.
    """

    strength: np.ndarray
    values: np.ndarray
    picture: np.ndarray
    label: np.ndarray
    unit: np.ndarray
    box: np.ndarray

    def arrays(self) -> ExampleArrays:
        """As a part holds them."""
        return {
            "strength": self.strength, "values": self.values, "picture": self.picture, "label": self.label,
            "unit": self.unit, "box": self.box,
        }  # fmt: skip

    def excites(self, row: int, place: int) -> bool:
        """Whether there is such a picture and the channel answered to it: a ReLU that stays shut gives exactly 0."""
        return bool(self.picture[row, place] >= 0 and self.values[row, place] != 0)

    def strongest(self) -> list[float]:
        """Of every channel that some picture excites."""
        return [float(self.strength[row, 0]) for row in range(len(self.values)) if self.excites(row, 0)]


def shards(count: int) -> list[range]:
    """How so many pictures are shared out: in order, SHARD each, more where there would be above MOST_SHARDS."""
    each = max(SHARD, math.ceil(count / MOST_SHARDS))
    return [range(start, min(count, start + each)) for start in range(0, count, each)]


def nothing(channels: int, k: int) -> Examples:
    """No example at all, for so many channels."""
    return Examples(
        np.full((channels, k), -np.inf, np.float32),
        np.full((channels, k), -np.inf, np.float32),
        np.full((channels, k), -1, np.int32),
        np.full((channels, k), -1, np.int32),
        np.zeros((channels, k, 2), np.int32),
        np.zeros((channels, k, 4), np.int32),
    )


def best_of(first: Examples, second: Examples) -> Examples:
    """The k best of both, k as the first has it.

    Of equal ones the picture of the lower number comes first, so that the order of merging does not matter.
    """
    k = first.values.shape[1]
    joined = {name: np.concatenate([getattr(one, name) for one in (first, second)], axis=1) for name in NAMES}
    order = np.lexsort((joined["picture"], -joined["strength"]), axis=1)[:, :k]
    return Examples(**{name: np.take_along_axis(a, _over(order, a.ndim), axis=1) for name, a in joined.items()})


def _over(order: np.ndarray, dimensions: int) -> np.ndarray:
    return order.reshape(order.shape + (1,) * (dimensions - 2))


def merge(parts: Iterable[Mapping[str, np.ndarray]]) -> Examples | None:
    """The best of several shards' arrays; None without any."""
    found: Examples | None = None
    for arrays in parts:
        one = Examples(**{name: np.asarray(arrays[name]) for name in NAMES})
        found = one if found is None else best_of(found, one)
    return found


def cut(image: Image.Image, box: tuple[int, int, int, int], edge: int) -> np.ndarray:
    """A piece of a picture as a square, for a unit's field is one; what lies outside of the picture is grey.

    Args:
        image: the whole picture.
        box: top, left, bottom, right.
        edge: of the square, in pixels; few pixels become blocks, for that is what the network saw.

    Returns:
        uint8 (edge, edge, 3).
    """
    top, left, bottom, right = box
    piece = image.crop((left, top, right, bottom)).convert("RGB")
    scale = edge / max(piece.size)
    how = Image.Resampling.LANCZOS if scale <= 1 or max(piece.size) > BLOCKS else Image.Resampling.NEAREST
    width, height = (max(1, round(side * scale)) for side in piece.size)
    square = Image.new("RGB", (edge, edge), (GREY,) * 3)
    at = _before(left, right, image.width, edge - width), _before(top, bottom, image.height, edge - height)
    square.paste(piece.resize((width, height), how), at)
    return np.asarray(square)


def _before(low: int, high: int, side: int, room: int) -> int:
    """Grey pixels in front of a piece: all where it begins with the picture, none where it ends with it, else half."""
    begins, ends = low == 0, high == side
    return room // 2 if begins == ends else room * begins


def piece_edge(channels: int, k: int, bands: int = 3) -> int:
    """Edge of a piece on the sheet of so many channels, in pixels; smaller where it keeps many bands."""
    fitting = int(math.sqrt(SHEET_PIXELS * min(1.0, 3 / bands) / max(1, channels)) / side_of(k)) - APART
    return max(SMALLEST_PIECE, min(LARGEST_PIECE, fitting))


def side_of(k: int) -> int:
    """Pieces in a row of a channel's tile."""
    return math.ceil(math.sqrt(k))


def tile_side(edge: int, k: int) -> int:
    """Height and width of a tile with pieces of an edge, in pixels."""
    return side_of(k) * (edge + APART) - APART


class Tiles:
    """The tiles of some channels: each its pieces, best first, row by row, APART pixels apart.

    Args:
        rows: number of channels.
        k: places of a tile.
        edge: of a piece, in pixels.
        bands: of a piece.

    Attributes:
        edge: of a piece.
        tiles: uint8 (channel, side, side, band).
    """

    def __init__(self, rows: int, k: int, edge: int, bands: int = 3) -> None:
        self._across, self.edge = side_of(k), edge
        side = tile_side(edge, k)
        self.tiles = np.full((rows, side, side, bands), EMPTY, np.uint8)

    def put(self, row: int, place: int, piece: np.ndarray) -> None:
        """Put a piece, uint8 (edge, edge, band), into its place."""
        top, left = (step * (self.edge + APART) for step in divmod(place, self._across))
        self.tiles[row, top : top + self.edge, left : left + self.edge] = piece


def by_picture(found: Examples) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Every picture once, with the (row, place) that show a piece of it: each has to be opened once."""
    rows, places = np.nonzero((found.picture >= 0) & (found.values != 0))
    order = np.argsort(found.picture[rows, places], kind="stable")
    shown = [(int(rows[i]), int(places[i])) for i in order]
    for number, group in itertools.groupby(shown, key=lambda at: int(found.picture[at])):
        yield number, list(group)
