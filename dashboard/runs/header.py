"""The line above every picture: where one is, the link to share, and what can be exported."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from dashboard.runs.gallery_forms import piece_form
from dashboard.server.connection import get_client
from dashboard.server.export_links import Download, whole_downloads
from dashboard.widgets.browser_elements import browser_element
from shared.errors import ConvscopeError

SHARED, PINNING, SHARE_DAYS = "place/shared", "place/pinning", (7, 30, 365)
_element = browser_element("place_line")
__all__ = ["Download", "place_line"]


def place_line(
    steps: Sequence[str],
    details: Sequence[str] = (),
    *,
    key: str = "",
    link: str = "",
    warning: str = "",
    downloads: Sequence[Download] = (),
) -> None:
    """Draw the line.

    Args:
        steps: from the whole to the part: model, layer, channel.
        details: settings and timing, in small print.
        key: the run's key.
        link: path and query to share.
        warning: what nobody may overlook ("random weights").
        downloads: files of the result.
    """
    complete = bool(key) and get_client().record(key).status == "complete"
    data = {
        "steps": list(steps),
        "details": [d for d in details if d],
        "key": key,
        "link": link,
        "warning": warning,
        "downloads": [asdict(d) for d in (*downloads, *(whole_downloads(key) if complete else ()))],
        "days": list(SHARE_DAYS) if complete else [],
        "pin": ("Pinned" if get_client().gallery.get(key) else "Pin") if complete else "",
        "shared": st.session_state.get(SHARED, {}) if st.session_state.get(SHARED, {}).get("key") == key else {},
    }
    _element(key="place", data=data, on_share_change=lambda: _share(key, link), on_pin_change=lambda: _ask_to_pin(key))
    if st.session_state.get(PINNING) == key:
        del st.session_state[PINNING]
        _pin_dialog(key)


def _ask_to_pin(key: str) -> None:
    st.session_state[PINNING] = key


@st.dialog("In the gallery")
def _pin_dialog(key: str) -> None:
    st.caption("A pinned result is kept for good, found by everybody in the gallery, and its link outlives the cache.")
    piece_form(key)


def _share(key: str, link: str) -> None:
    """Make the link that was asked for; what stands in the page's address now belongs to the view."""
    days = st.session_state["place"].get("share")
    if days not in SHARE_DAYS:
        return
    view = {name: value for name, value in parse_qsl(urlsplit(link).query) if name != "run"}
    client = get_client()
    try:
        made = client.share(key, float(days), view)
        said: dict[str, Any] = {"path": f"/share/{client.shares.token(made)}",
                                "until": f"{datetime.fromtimestamp(made.expires_at):%d %B %Y}"}  # fmt: skip
    except ConvscopeError as error:
        said = {"error": str(error)}
    st.session_state[SHARED] = {"key": key, **said}
