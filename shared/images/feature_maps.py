"""Feature maps as pictures: limits, colours, and one sheet of all channels of a layer.

Values that cannot be negative get a perceptual map from zero to the largest; signed ones a map that is centred
on zero. Colour maps: viridis and inferno (N. Smith and S. van der Walt, CC0), RdBu (C. Brewer, ColorBrewer).
"""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from PIL import Image

from shared.images.contact_sheet import GAP, columns_for

Scale = Literal["channel", "layer", "all", "zscore"]
SCALES: tuple[Scale, ...] = ("channel", "layer", "all", "zscore")
Colour = Literal["viridis", "inferno", "grey"]
COLOURS: tuple[Colour, ...] = ("viridis", "inferno", "grey")
Limits = tuple[np.ndarray, np.ndarray]

_ANCHORS = {
    "viridis": "440154 482878 3e4989 31688e 26828e 1f9e89 35b779 6ece58 b5de2b fde725",
    "inferno": "000004 1b0c41 4a0c6b 781c6d a52c60 cf4446 ed6925 fb9b06 f7d13d fcffa4",
    "grey": "000000 ffffff",
    "diverging": "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f",
}
# The last entry of a sheet's palette is what lies between the tiles, and is seen through.
STEPS = 255
CLEAR = 255
# Standard deviations at the two ends of a z-scored map.
SPREAD = 2.5
# Maps of a few units are drawn this large, so that a sheet shows squares and not a blur.
SMALLEST_TILE = 64


@lru_cache(maxsize=8)
def palette(name: str) -> np.ndarray:
    """uint8 (255, 3), from the lowest value to the highest."""
    words = _ANCHORS[name].split()
    anchors = np.array([[int(word[i : i + 2], 16) for i in (0, 2, 4)] for word in words], np.float64)
    at = np.linspace(0, len(anchors) - 1, STEPS)
    columns = [np.interp(at, np.arange(len(anchors)), anchors[:, i]) for i in range(3)]
    return np.stack(columns, -1).round().astype(np.uint8)


def is_signed(minimum: float, scale: Scale = "layer") -> bool:
    """Whether the diverging map is right: where values can be negative, and for z-scores."""
    return minimum < 0 or scale == "zscore"


def colour_limits(facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray], scale: Scale, largest: float) -> Limits:
    """The values that get the first and the last colour, a pair a channel.

    Args:
        facts: of the layer's part; `minimum` and `maximum` of the whole layer.
        arrays: `minimum` and `maximum`, float32 (channel).
        scale: whose extremes count: the channel's own, the layer's, or `largest`.
        largest: greatest absolute value of all layers.

    Returns:
        float32 (channel) each; for layers with negative values the two are each other's opposite.
    """
    low, high = np.asarray(arrays["minimum"], np.float32), np.asarray(arrays["maximum"], np.float32)
    if scale == "zscore":
        return np.full_like(low, -SPREAD), np.full_like(low, SPREAD)
    reach = np.maximum(np.abs(low), np.abs(high))
    if scale != "channel":
        one = largest if scale == "all" else max(abs(float(facts["minimum"])), abs(float(facts["maximum"])))
        reach = np.full_like(reach, one)
    # A channel of nothing but zeros gets the colour of zero, whatever its limits.
    reach = np.where(reach > 0, reach, np.float32(1))
    return (-reach if is_signed(float(facts["minimum"])) else np.zeros_like(reach)), reach


def shared_limits(first: Limits, second: Limits) -> Limits:
    """Limits under which two pictures can be compared: the wider of both, channel by channel, zero still centred."""
    reach = np.maximum(first[1], second[1])
    signed = min(float(first[0].min()), float(second[0].min())) < 0
    return (-reach if signed else np.zeros_like(reach)), reach


def zscore(maps: np.ndarray) -> np.ndarray:
    """Each channel less its mean, over its deviation; float32, a flat channel is zero throughout."""
    values = maps.astype(np.float32)
    deviation = values.std((0, 1))
    return (values - values.mean((0, 1))) / np.where(deviation > 0, deviation, 1)


def steps_of(values: np.ndarray, limits: Limits) -> np.ndarray:
    """Which colour each value gets: uint8 in 0 .. 254, same shape; limits apply along the last axis."""
    low, high = limits
    share = (values.astype(np.float32) - low) / (high - low)
    return np.rint(np.clip(share, 0, 1) * (STEPS - 1)).astype(np.uint8)


def tile_edge(height: int, width: int, largest: int) -> int:
    """Edge of a square tile for maps of this shape: their longer side, small ones enlarged by a whole factor."""
    side = max(height, width)
    return min(side * max(1, math.ceil(SMALLEST_TILE / side)), max(largest, SMALLEST_TILE))


def map_sheet(steps: np.ndarray, colours: np.ndarray, edge: int) -> Image.Image:
    """All channels of a layer side by side, each in the middle of a square.

    Args:
        steps: uint8 (height, width, channel) in 0 .. 254.
        colours: uint8 (255, 3).
        edge: of a square, in pixels.

    Returns:
        A picture with a palette; what is not a map is transparent.
    """
    height, width, count = steps.shape
    columns = columns_for(count)
    rows = math.ceil(count / columns)
    pixels = np.full((rows * (edge + GAP), columns * (edge + GAP)), CLEAR, np.uint8)
    tall, wide = (max(1, round(edge * side / max(height, width))) for side in (height, width))
    for channel in range(count):
        top = channel // columns * (edge + GAP) + (edge - tall) // 2
        left = channel % columns * (edge + GAP) + (edge - wide) // 2
        pixels[top : top + tall, left : left + wide] = _resized(steps[..., channel], tall, wide)
    picture = Image.fromarray(pixels, "P")
    picture.putpalette(colours.tobytes() + bytes(3))
    picture.info["transparency"] = CLEAR
    return picture


def _resized(steps: np.ndarray, height: int, width: int) -> np.ndarray:
    if steps.shape == (height, width):
        return steps
    # Units stay squares when they grow; when they shrink, their mean is shown.
    way = Image.Resampling.NEAREST if height >= steps.shape[0] else Image.Resampling.BOX
    return np.asarray(Image.fromarray(np.ascontiguousarray(steps)).resize((width, height), way))
