"""The line above every picture: where one is, the link to share, and what can be exported."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st

from dashboard.page_entry import PICTURE, WANTED
from dashboard.page_table import PAGES
from dashboard.server.connection import explaining_errors, get_client
from dashboard.server.downloads import WHOLE_FILES, download_url
from dashboard.widgets.address import PAGE
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.current import OF_MODEL, current
from dashboard.widgets.errors import error_line
from dashboard.widgets.shown_bands import chosen_bands, with_bands
from shared.analyses import SPEC_TYPES
from shared.errors import ConvscopeError
from shared.library.gallery import LONGEST_TITLE, MOST_TAGS

SHARED, PINNING, SHARE_DAYS = "header/shared", "header/pinning", (7, 30, 365)
# How the export menu calls what a file's name ends in, where it is not just that in capitals.
FORMATS = {".npz": "npz", ".py": "Python", ".sh": "sh", ".zip": "zip"}
_element = browser_element("header_line")


def header_line(
    steps: Sequence[str],
    details: Sequence[str] = (),
    *,
    key: str = "",
    link: str = "",
    warning: str = "",
    files: Mapping[str, str] = MappingProxyType({}),
    model: str = "",
) -> None:
    """Draw the line, with the menus to share, pin and export.

    Args:
        steps: from the whole to the part: model, layer, channel.
        details: settings and timing, in small print.
        key: the run's key.
        link: path and query to share.
        warning: what nobody may overlook ("random weights").
        files: what of the result can be exported, in words, and its file's name or address.
        model: reference of the network, for the links to the other pages that show it.
    """
    complete = bool(key) and get_client().record(key).status == "complete"
    offered = {**files, **(WHOLE_FILES if complete else {})}
    data = {
        "steps": [step for step in steps if step],
        "details": [d for d in details if d],
        "ways": ways_of(model),
        "key": key,
        "link": link,
        "warning": warning,
        "downloads": [_download(key, label, name) for label, name in offered.items()],
        "days": list(SHARE_DAYS) if complete else [],
        "pin": ("Pinned" if get_client().results.gallery.get(key) else "Pin") if complete else "",
        "shared": st.session_state.get(SHARED, {}) if st.session_state.get(SHARED, {}).get("key") == key else {},
    }
    _element(key="header", data=data, on_share_change=lambda: _share(key, link), on_pin_change=lambda: _ask_to_pin(key))
    if st.session_state.get(PINNING) == key:
        del st.session_state[PINNING]
        _pin_dialog(key, view_of(link))


def view_of(link: str) -> dict[str, str]:
    """What of the link to a view says how the result is looked at."""
    return {name: value for name, value in parse_qsl(urlsplit(link).query) if name != "run"}


def ways_of(model: str) -> list[dict[str, str]]:
    """The pages that show a network, as links that keep the place: what the session works on. [] without a network."""
    here, found = st.session_state.get(PAGE), list[dict[str, str]]()
    for page in PAGES if model else ():
        fields = SPEC_TYPES[page.kinds[0]].model_fields if page.kinds else {}
        if page.group not in (PICTURE, WANTED) or "model" not in fields or page.path == here:
            continue
        names = [name for name in OF_MODEL if name in fields] if current("model") == model else []
        place = {name: value for name in names if (value := current(name)) is not None}
        words = {name: str(value) if name != "classes" else ",".join(map(str, value)) for name, value in place.items()}
        query = {"model": model} | words
        found.append({"label": page.title, "href": f"/{page.path}?{urlencode(query)}"})
    return found


def _download(key: str, label: str, name: str) -> dict[str, str]:
    """An entry of the export menu."""
    suffix = PurePosixPath(name).suffix
    url = name if name.startswith("/") else with_bands(download_url, key, name)
    return {"label": label, "note": FORMATS.get(suffix, suffix[1:].upper()), "url": url}


def _ask_to_pin(key: str) -> None:
    st.session_state[PINNING] = key


@st.dialog("Pin to gallery")
def _pin_dialog(key: str, view: dict[str, str]) -> None:
    st.caption("A pinned result is kept for good, found by everybody in the gallery, and its link outlives the cache.")
    _piece_form(key, view)


def _piece_form(key: str, view: dict[str, str]) -> None:
    """Title and tags of a result, whether it stands in the gallery, and a collection that it comes into."""
    client = get_client()
    piece, collections = client.results.gallery.get(key), client.collections
    own = {"": "none", **{one.id: one.title for one in collections.all() if collections.may_change(one)}}
    with st.form(f"piece/{key}", border=False):
        title = st.text_input("Title", piece.title if piece else "", max_chars=LONGEST_TITLE)
        tags = st.text_input("Tags", ", ".join(piece.tags) if piece else "", help=f"Up to {MOST_TAGS}, with commas.")
        into = "" if len(own) == 1 else st.selectbox(
            "Also as the last step of the collection", list(own), format_func=own.__getitem__,
            help="Collections are made on the page Lessons. The step shows it as you look at it now.")  # fmt: skip
        left, right = st.columns(2)
        save = left.form_submit_button("Save" if piece else "Pin it", type="primary", width="stretch")
        gone = piece is not None and right.form_submit_button("Unpin", width="stretch",
                                                              help="Share links go on working.")  # fmt: skip
    if not (save or gone):
        return
    with explaining_errors():
        if gone:
            client.results.unpin(key)
        elif piece:
            client.results.rename(key, title, tags.split(","))
        else:
            client.results.pin(key, title, tags.split(","), chosen_bands())
        if into and not gone:
            collections.add(into, key, view)
        st.rerun()


def _share(key: str, link: str) -> None:
    """Make the link that was asked for; what stands in the page's address now belongs to the view."""
    days = st.session_state["header"].get("share")
    if days not in SHARE_DAYS:
        return
    client = get_client()
    try:
        made = client.results.share(key, float(days), view_of(link))
        said: dict[str, Any] = {"path": f"/share/{client.library.shares.token(made)}",
                                "until": f"{datetime.fromtimestamp(made.expires_at):%d %B %Y}"}  # fmt: skip
    except ConvscopeError as error:
        said = {"error": error_line(str(error))}
    st.session_state[SHARED] = {"key": key, **said}
