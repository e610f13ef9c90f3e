"""Heat maps as pictures: enlarged, laid over a photograph, and the box around their strongest region.

Colours are those of shared.images.feature_maps: perceptual maps, never a rainbow, whose bands look like
edges that are not in the numbers (Borland and Taylor, "Rainbow Color Map (Still) Considered Harmful", 2007).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image
from typing_extensions import TypedDict

from shared.images.feature_maps import STEPS, palette

HeatColour = Literal["inferno", "viridis"]
HEAT_COLOURS: tuple[HeatColour, ...] = ("inferno", "viridis")
# The strongest region is what lies above this share of the largest value.
REGION_SHARE = 0.5
# Maps of single pixels are averaged over a grid of at most so many cells a side before a region is sought in them.
GRAIN = 28
SMALLEST_CELL = 4
PIXEL_SHARE = 0.98


class BoxFacts(TypedDict):
    """A Box as a part holds it."""

    left: int
    top: int
    width: int
    height: int


class GridFacts(TypedDict):
    """A Grid as a part holds it; `start` is [row, column]."""

    start: list[float]
    stride: float


class GridField(TypedDict):
    """What names a grid, or None where its maps divide the picture evenly."""

    grid: GridFacts | None


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels; `left` and `top` are its first column and row."""

    left: int
    top: int
    width: int
    height: int

    def facts(self) -> BoxFacts:
        """As JSON values."""
        return {"left": self.left, "top": self.top, "width": self.width, "height": self.height}


@dataclass(frozen=True)
class Grid:
    """Where a layer's units look: the pixel (row, column) in the middle of what the first one sees, and the step.

    Convolutions without padding lose a border: InceptionV3's last 8 × 8 units lie 32 pixels apart in the middle of its
    299, from pixel 37 to 261, and not evenly from 18 to 280.
    """

    start: tuple[float, float]
    stride: float

    def facts(self) -> GridFacts:
        """As JSON values."""
        return {"start": list(self.start), "stride": self.stride}


def grid_of(facts: GridField) -> Grid | None:
    """The grid that a method's part names, None where its maps divide the picture evenly."""
    found = facts.get("grid")
    return Grid((float(found["start"][0]), float(found["start"][1])), float(found["stride"])) if found else None


def enlarge(heat: np.ndarray, height: int, width: int, grid: Grid | None = None) -> np.ndarray:
    """A map at the picture's size, bilinear between the places where its units look.

    Args:
        heat: float (h, w).
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        grid: where the units look; None where they divide the picture evenly.

    Returns:
        float32 (height, width), within the range of the values.
    """
    values = np.asarray(heat, np.float32)
    if grid is None and (values.shape[0] > height or values.shape[1] > width):
        return np.asarray(Image.fromarray(values).resize((width, height), Image.Resampling.BILINEAR))
    down, across = (_between(*side, grid, i) for i, side in enumerate(zip(values.shape, (height, width), strict=True)))
    return np.clip(down @ values @ across.T, values.min(), values.max())


def _between(units: int, pixels: int, grid: Grid | None, axis: int) -> np.ndarray:
    """Weights of a line's units at each of its pixels, float32 (pixel, unit)."""
    stride = grid.stride if grid else pixels / units
    start = grid.start[axis] if grid else (stride - 1) / 2
    at = np.clip((np.arange(pixels) - start) / stride, 0, units - 1)
    return np.maximum(0, 1 - np.abs(at[:, None] - np.arange(units))).astype(np.float32)


def smooth(heat: np.ndarray) -> np.ndarray:
    """A map of single pixels averaged over cells of at least 4 pixels, at most 28 of them a side; at its own size."""
    height, width = heat.shape
    cells = tuple(max(1, min(GRAIN, side // SMALLEST_CELL)) for side in (width, height))
    coarse = Image.fromarray(np.asarray(heat, np.float32)).resize(cells, Image.Resampling.BOX)
    return enlarge(np.asarray(coarse), height, width)


def reach_of(maps: Iterable[np.ndarray], signed: bool = False, place: str = "layer") -> float:
    """The value that gets the last colour when maps share a scale.

    Args:
        maps: float (h, w) each.
        signed: whether absolute values count.
        place: as in HeatMapMethod; of maps of "pixels" the few largest would leave all others dark, so what 1 in 50
            exceeds is taken.

    Returns:
        0 or below where there is nothing to show.
    """
    share = PIXEL_SHARE if place == "pixels" else 1.0
    return max((float(np.quantile(np.abs(one) if signed else one, share)) for one in maps), default=0.0)


def overlay(
    picture: np.ndarray, heat: np.ndarray, reach: float, *, signed: bool = False, colour: HeatColour = "inferno",
    opacity: float = 0.65, threshold: float = 0.0, grid: Grid | None = None,
) -> np.ndarray:  # fmt: skip
    """Lay a map over a photograph; where there is no evidence, the photograph is seen as it is.

    Args:
        picture: uint8 (height, width, 3) or (height, width).
        heat: float (h, w) of any size.
        reach: value that gets the last colour, see reach_of(); 0 and below leave the photograph.
        signed: zero-centred diverging colours, for maps whose negative values mean something.
        colour: of unsigned maps.
        opacity: of the last colour, 0 to 1.
        threshold: share of `reach` below which the photograph is left alone.
        grid: see enlarge().

    Returns:
        uint8 (height, width, 3).
    """
    photograph = np.repeat(picture[..., None], 3, -1) if picture.ndim == 2 else picture
    if reach <= 0 or opacity <= 0:
        return photograph.copy()
    values = np.clip(enlarge(heat, picture.shape[0], picture.shape[1], grid) / reach, -1.0 if signed else 0.0, 1.0)
    strength = np.abs(values)
    share = (values + 1) / 2 if signed else values
    colours = palette("diverging" if signed else colour)[np.rint(share * (STEPS - 1)).astype(np.intp)]
    # The root lets half of the evidence be seen as well as all of it, and no evidence not at all.
    alpha = (opacity * np.sqrt(strength) * (strength >= threshold))[..., None]
    return np.rint(photograph * (1 - alpha) + colours * alpha).astype(np.uint8)


def connected_regions(mask: np.ndarray) -> np.ndarray:
    """Number the connected regions of a mask, diagonal neighbours among them.

    A dashboard has no other use for SciPy, which is a fifth of its image and takes half a second to import.

    Args:
        mask: bool (height, width).

    Returns:
        int (height, width): 0 outside, else the place of the region's last pixel, counted from 1.
    """
    places = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        padded = np.pad(places, 1)
        rows = np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])
        largest = np.where(mask, np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:]), 0)
        further = np.where(
            mask, largest.ravel()[largest - 1], 0
        )  # what that pixel has found, so that it takes few turns
        if np.array_equal(further, places):
            return places
        places = further


def strongest_box(heat: np.ndarray, share: float = REGION_SHARE) -> Box | None:
    """The box around the strongest connected region: of those above a share of the largest value, the heaviest.

    Args:
        heat: float (height, width), at the size in which the box is wanted.
        share: 0 to 1, of the largest value.

    Returns:
        None where no value is above zero.
    """
    highest = float(heat.max())
    if not highest > 0:
        return None
    regions = connected_regions(heat >= share * highest)
    weights = np.bincount(regions.ravel(), weights=np.maximum(heat, 0).ravel().astype(np.float64))
    weights[0] = 0.0  # what is below the threshold
    rows, columns = np.nonzero(regions == int(np.argmax(weights)))
    left, top = int(columns.min()), int(rows.min())
    return Box(left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top)
