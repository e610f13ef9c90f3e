"""An atlas's tiles, cut from one sheet in the browser: clickable, reachable by keyboard, sorted without asking."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.analyses.filter_atlas.sheets import Sheet, sheet_url
from dashboard.widgets.address import keep_choice
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.tiles import FEW, QUALITIES, SIZES, selected_channel, thumbnail_edge
from shared.images.contact_sheet import GAP

SORTS = ("channel", "objective", "best")
_element = browser_element("tile_sheet")


def tile_sheet(
    sheet: Sheet, channels: Sequence[int], title: str, live: bool, names: Mapping[int, str] | None = None
) -> None:
    """Draw the sheet. What is chosen on it goes into the page's address: `tile`, `sort`, `tiles`.

    Args:
        sheet: thumbnails and facts.
        channels: channel number of each position.
        title: what a screen reader calls the sheet.
        live: whether more tiles will come.
        names: what people call channels, by number.
    """
    key = f"tiles-{sheet.key}"
    _element(
        key=key,
        data=sheet_data(sheet, channels, title, live, names or {}),
        on_tile_change=keep_choice(key, "tile"),
        on_sort_change=keep_choice(key, "sort"),
        on_size_change=keep_choice(key, "size", "tiles"),
    )


def sheet_data(
    sheet: Sheet, channels: Sequence[int], title: str, live: bool, names: Mapping[int, str]
) -> dict[str, Any]:
    """What the browser needs to draw the sheet, as JSON values."""
    facts = [sheet.facts.get(i) for i in range(sheet.count)]
    sort, size = st.query_params.get("sort", ""), st.query_params.get("tiles", "")
    return {
        "key": sheet.key,
        "qualities": _qualities(sheet),
        "columns": sheet.columns,
        "rows": sheet.rows,
        "channels": list(channels),
        "names": {str(channel): name for channel, name in names.items()},
        "objectives": [None if f is None else float(f["objective"]) for f in facts],
        "dead": [bool(f and f["dead"]) for f in facts],
        "reasons": [str(f.get("reason", "dead")) if f and f["dead"] else "" for f in facts],
        "selected": selected_channel(),
        "sort": sort if sort in SORTS else "channel",
        "size": size if size in SIZES else ("L" if sheet.count <= FEW else "M"),
        "title": title,
        "live": live,
    }


def _qualities(sheet: Sheet) -> dict[str, dict[str, Any]]:
    """Address and tile geometry of the sheet for every quality; none before the first tile."""
    size = sheet.tile_size
    edges = {quality: thumbnail_edge(sheet.count, size, quality) for quality in QUALITIES}
    return {
        quality: {"url": sheet_url(sheet, quality), "edge": edge, "gap": GAP}
        for quality, edge in edges.items()
        if sheet.facts
    }
