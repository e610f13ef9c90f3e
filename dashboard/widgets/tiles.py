"""Tiles on a page: how large and how good they are drawn, and which one is chosen."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import streamlit as st

from dashboard.widgets.address import one_of
from shared.images.contact_sheet import GAP

# A browser needs about 50 ms to decode five million pixels, and twice that for the sharp version.
PIXELS = {"quick": 5_000_000, "sharp": 9_000_000}
LARGEST_THUMBNAIL = {"quick": 128, "sharp": 256}
SMALLEST_THUMBNAIL = 32
Quality = Literal["quick", "sharp"]
QUALITIES: tuple[Quality, ...] = ("quick", "sharp")
SIZES = ("S", "M", "L")
# So many tiles fill the pane when they are large.
FEW = 24


def thumbnail_edge(count: int, size: int, quality: Quality = "quick") -> int:
    """Edge of a tile on the sheet for the screen, in pixels."""
    fitting = int(math.sqrt(PIXELS[quality] / max(1, count))) - GAP
    return max(min(size, SMALLEST_THUMBNAIL), min(size, LARGEST_THUMBNAIL[quality], fitting))


def selected_channel() -> int | None:
    """The channel that the address names; None when it names none."""
    text = st.query_params.get("tile", "")
    return int(text) if text.isdigit() else None


def tiles_view(count: int, sorts: Sequence[str]) -> dict[str, Any]:
    """What the address says of a sheet of so many tiles: `selected`, `sort` (the first by default) and `size`."""
    size = st.query_params.get("tiles", "")
    return {
        "selected": selected_channel(),
        "sort": one_of(st.query_params.get("sort", ""), sorts),
        "size": size if size in SIZES else ("L" if count <= FEW else "M"),
    }
