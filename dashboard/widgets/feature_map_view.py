"""How feature maps are looked at: the channel, its order, size, scale and colours, read from the page's address."""

from dataclasses import dataclass
from typing import Any, cast

import streamlit as st

from dashboard.widgets.address import one_of
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
        cast(Any, one_of(query.get("scale", ""), SCALES)), cast(Any, one_of(query.get("colour", ""), COLOURS)), other
    )
    return ViewState(
        query.get("layer", ""),
        int(channel) if channel.isdigit() and int(channel) < channels else None,
        one_of(query.get("sort", ""), SORTS),
        size if size in SIZES else ("L" if channels <= FEW else "M"),
        painting,
    )
