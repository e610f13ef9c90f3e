"""How feature maps are looked at: the channel, its order, size, scale and colours, read from the page's address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import streamlit as st

from dashboard.widgets.feature_maps import Painting
from dashboard.widgets.tiles import FEW, SIZES
from shared.images.feature_maps import COLOURS, SCALES

SORTS = ("channel", "maximum", "mean", "zeros")


# State of the element to parameter of the address.
STATES = {"tile": "channel", "sort": "sort", "size": "tiles", "scale": "scale", "colour": "colour"}


@dataclass(frozen=True)
class ViewState:
    """What the address says of the view, with its defaults."""

    layer: str
    channel: int | None
    sort: str
    size: str
    painting: Painting


def view_state(channels: int, other: str = "") -> ViewState:
    """Read the address.

    Args:
        channels: of the layer, for the tiles' usual size.
        other: key of the run beside.
    """
    query = st.query_params
    channel, size = query.get("channel", ""), query.get("tiles", "")
    painting = Painting(
        cast(Any, _one_of(query.get("scale", ""), SCALES)), cast(Any, _one_of(query.get("colour", ""), COLOURS)), other
    )
    return ViewState(
        query.get("layer", ""),
        int(channel) if channel.isdigit() and int(channel) < channels else None,
        _one_of(query.get("sort", ""), SORTS),
        size if size in SIZES else ("L" if channels <= FEW else "M"),
        painting,
    )


def _one_of(value: str, known: Sequence[str]) -> str:
    return value if value in known else known[0]
