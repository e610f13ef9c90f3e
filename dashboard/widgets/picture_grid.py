"""Equal pictures in a grid, cut from one sheet in the browser; each is a button."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard.widgets.browser_elements import browser_element
from shared.images.contact_sheet import GAP

_element = browser_element("picture_grid")


@dataclass(frozen=True)
class GridPicture:
    """One picture of a grid.

    Attributes:
        value: what choosing it stands for.
        label: a few characters on it.
        name: for a pointer that rests on it, and for screen readers.
    """

    value: str
    label: str
    name: str


def picture_grid(
    key: str, url: str, pictures: Sequence[GridPicture], *, columns: int, edge: int, title: str, note: str = "",
    tile: int = 76, selected: str = "", named: bool = False, choose: Callable[[str], None] | None = None,
) -> None:  # fmt: skip
    """Draw the grid.

    Args:
        key: of the element.
        url: of the sheet, as shared.images.contact_sheet.stitch() makes it.
        pictures: in the sheet's order.
        columns: of the sheet.
        edge: height and width of a picture on the sheet, in pixels.
        title: above the grid, and for screen readers.
        note: in small print beside the title.
        tile: smallest width of a picture on the page, in pixels.
        selected: value of the picture that is marked.
        named: whether labels are always shown, not only under the pointer.
        choose: called with the value of the picture that was clicked.
    """
    data = {
        "url": url,
        "columns": columns,
        "rows": math.ceil(len(pictures) / columns),
        "edge": edge,
        "gap": GAP,
        "tile": tile,
        "title": title,
        "note": note,
        "named": named,
        "selected": selected,
        "items": [vars(picture) for picture in pictures],
    }
    _element(key=key, data=data, on_picked_change=lambda: _picked(key, choose))


def _picked(key: str, choose: Callable[[str], None] | None) -> None:
    value = st.session_state[key].get("picked")
    if value is not None and choose is not None:
        choose(str(value))
