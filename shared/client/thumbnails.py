"""A small picture of a result, for lists."""

from collections.abc import Mapping

import numpy as np
from PIL import Image

from shared.analyses import KINDS
from shared.analyses.kind import WRITTEN, Kind
from shared.images.contact_sheet import stitch
from shared.images.jpeg import jpeg_bytes
from shared.results import Part
from shared.store import RunRecord

WIDTH, HEIGHT = 320, 200
PHOTOGRAPHS = ("picture.png", "original.png")
MOST_TILES = 15
JPEG_QUALITY = 85


def thumbnail(run: RunRecord, parts: Mapping[int, Part]) -> bytes:
    """A JPEG of at most 320 × 200 pixels; b"" where the result has no picture.

    Tiles are shown side by side, the first living ones; all else by the picture that the kind's record names.

    Args:
        run: its record.
        parts: its parts.
    """
    tiles = [p.pictures["tile"] for _, p in sorted(parts.items()) if "tile" in p.pictures and not p.facts.get("dead")]
    if len(tiles) > 1:
        return _jpeg(stitch(dict(enumerate(tiles[:MOST_TILES])), min(len(tiles), MOST_TILES), _columns(len(tiles))))
    kind = KINDS.get(run.kind)
    if kind and kind.thumbnail == WRITTEN and parts:
        found = _written(kind, run, parts)
    else:
        found = _stored(parts, kind.thumbnail if kind else "")
    return b"" if found is None else _jpeg(found)


def _stored(parts: Mapping[int, Part], best: str) -> np.ndarray | None:
    """uint8 (height, width, 3) or (height, width), the first picture of a name, or of any; None where there is none."""
    every = [(name, picture) for _, part in sorted(parts.items()) for name, picture in part.pictures.items()]
    return min(every, key=lambda pair: pair[0] != best, default=("", None))[1]


def _written(kind: Kind, run: RunRecord, parts: Mapping[int, Part]) -> np.ndarray | None:
    """The first picture that `convscope run --output` writes, the photograph itself left out."""
    made = ((name.rpartition("/")[2], content) for name, content in kind.files(run, parts))
    return next((np.asarray(one) for name, one in made if name.endswith(".png") and name not in PHOTOGRAPHS), None)


def _columns(tiles: int) -> int:
    return 5 if tiles >= 10 else 3 if tiles >= 3 else tiles


def _jpeg(pixels: np.ndarray) -> bytes:
    image = Image.fromarray(pixels).convert("RGB")
    image.thumbnail((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    return jpeg_bytes(image, JPEG_QUALITY)
