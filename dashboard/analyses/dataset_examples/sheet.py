"""All channels of a layer, each with its nine strongest pieces: clickable, reachable by keyboard, sorted at once."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.widgets.address import keep_choice
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.example_pieces import EDGES, pieces_end, pieces_start, places_of
from dashboard.widgets.text import rounded
from dashboard.widgets.tiles import FEW, SIZES, selected_channel
from shared.analyses.dataset_examples.numbers import Examples

SORTS = ("channel", "best")
_element = browser_element("example_sheet")


def example_sheet(key: str, dataset: str, best: Examples, channels: Sequence[int], title: str, live: bool) -> None:
    """Draw the sheet. What is chosen on it goes into the page's address: `tile`, `sort`, `tiles`.

    Args:
        key: of the run.
        dataset: its reference.
        best: a row a channel.
        channels: number of each row.
        title: what a screen reader calls the sheet.
        live: whether more pictures will be looked at.
    """
    name = f"examples-{key}"
    _element(
        key=name,
        data=sheet_data(key, dataset, best, channels, title, live),
        on_tile_change=keep_choice(name, "tile"),
        on_sort_change=keep_choice(name, "sort"),
        on_size_change=keep_choice(name, "size", "tiles"),
    )


def sheet_data(
    key: str, dataset: str, best: Examples, channels: Sequence[int], title: str, live: bool
) -> dict[str, Any]:
    """What the browser needs to draw the sheet, as JSON values."""
    sort, size, k = st.query_params.get("sort", ""), st.query_params.get("tiles", ""), best.values.shape[1]
    places = [places_of(best, row) for row in range(len(channels))]
    return {
        "key": key,
        "start": pieces_start(dataset, EDGES[0]),
        "ends": [pieces_end(one, k) if one else "" for one in places],
        "channels": list(channels),
        # Four digits sort as sixteen do, at a third of the bytes.
        "strongest": rounded(best.strength[:, 0]),
        "selected": selected_channel(),
        "sort": sort if sort in SORTS else "channel",
        "size": size if size in SIZES else ("L" if len(channels) <= FEW else "M"),
        "title": title,
        "live": live,
    }
