"""Feature maps on their way to the browser: their limits and colours, and the sheets that were drawn of them."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import streamlit as st

from dashboard.server.addresses import SignedAddress
from dashboard.server.caches import Cache
from dashboard.server.parts import facts_of, stored_part
from dashboard.widgets.address import one_of
from dashboard.widgets.tiles import Quality, thumbnail_edge, tiles_view
from shared.client import Client
from shared.images.contact_sheet import columns_for
from shared.images.feature_maps import (
    COLOURS,
    SCALES,
    Colour,
    Limits,
    Scale,
    colour_limits,
    is_signed,
    map_sheet,
    palette,
    shared_limits,
    steps_of,
    tile_edge,
    zscore,
)
from shared.store import RunRecord

# One channel's values; with "{}" for the channel, a pattern of such addresses.
values_url = SignedAddress("/img/values/{key}/{stamp}/{index:int}/{channel:int}.f16")
KEPT_SHEETS = 24
# As small as level 6 on maps, in a quarter of the time.
PNG_LEVEL = 1
_sheets: Cache[bytes | None] = Cache(KEPT_SHEETS)
SORTS = ("channel", "maximum", "mean", "zeros")
# State of the element to parameter of the address.
STATES = {"tile": "channel", "sort": "sort", "size": "tiles", "scale": "scale", "colour": "colour"}


@dataclass(frozen=True)
class Painting:
    """What a sheet is drawn with.

    Attributes:
        scale: whose extremes get the last colours.
        colour: colour map for values that cannot be negative.
        other: key of the run whose picture stands beside, so that both get the same limits; "" for none.
    """

    scale: Scale
    colour: Colour
    other: str = ""


def largest_value(facts: Mapping[str, Any]) -> float:
    """Greatest absolute value of all layers of a run."""
    rows = facts.get("layers", [])
    return max((max(abs(row["minimum"]), abs(row["maximum"])) for row in rows), default=0.0)


def limits_of(client: Client, run: RunRecord, index: int, scale: Scale, other: str = "") -> Limits | None:
    """Limits of a layer's channels; with a second run, those that both share. None when a part is gone."""
    mine = _own_limits(client, run, index, scale)
    beside = client.record(other) if other else None
    if mine is None or beside is None:
        return mine
    theirs = _own_limits(client, beside, index, scale)
    return mine if theirs is None else shared_limits(mine, theirs)


def _own_limits(client: Client, run: RunRecord, index: int, scale: Scale) -> Limits | None:
    part = stored_part(client, run, index)
    if part is None:
        return None
    largest = largest_value(facts_of(run, 0)) if scale == "all" else 0.0
    return colour_limits(part.facts, part.arrays, scale, largest)


def edge_of(row: Mapping[str, Any], quality: Quality) -> int:
    """Edge of a tile on a layer's sheet, in pixels."""
    largest = thumbnail_edge(row["channels"], 1024, quality)
    return tile_edge(row["height"], row["width"], largest)


def rows_of_sheet(channels: int) -> tuple[int, int]:
    """Columns and rows of a sheet."""
    columns = columns_for(channels)
    return columns, -(-channels // columns)


def map_colours(low: float, scale: Scale, colour: Colour) -> np.ndarray:
    """uint8 (255, 3): the diverging map where values can be negative, else the chosen one."""
    return palette("diverging" if is_signed(low, scale) else colour)


def drawn_sheet(client: Client, run: RunRecord, index: int, how: Painting, quality: Quality) -> bytes | None:
    """A layer's sheet, a PNG; None when its maps are not there."""
    return _sheets.get((run.key, run.stamp, index, how, quality), lambda: _draw(client, run, index, how, quality))


def _draw(client: Client, run: RunRecord, index: int, how: Painting, quality: Quality) -> bytes | None:
    part = stored_part(client, run, index)
    limits = limits_of(client, run, index, how.scale, how.other)
    if part is None or limits is None:
        return None
    maps = zscore(part.arrays["maps"]) if how.scale == "zscore" else part.arrays["maps"]
    colours = map_colours(float(limits[0].min()), how.scale, how.colour)
    picture = map_sheet(steps_of(maps, limits), colours, edge_of(part.facts, quality))
    out = io.BytesIO()
    picture.save(out, format="PNG", compress_level=PNG_LEVEL)
    return out.getvalue()


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
    channel, tiles = query.get("channel", ""), tiles_view(channels, SORTS)
    painting = Painting(
        cast(Any, one_of(query.get("scale", ""), SCALES)), cast(Any, one_of(query.get("colour", ""), COLOURS)), other
    )
    return ViewState(
        query.get("layer", ""),
        int(channel) if channel.isdigit() and int(channel) < channels else None,
        tiles["sort"],
        tiles["size"],
        painting,
    )
