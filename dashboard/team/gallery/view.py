"""The gallery: pinned results as cards, found by words, kind, person and tag; two of them can be compared."""

from datetime import datetime
from typing import Any

import streamlit as st

from dashboard.page_table import script
from dashboard.server.addresses import thumbnail_url
from dashboard.server.connection import get_client
from dashboard.widgets.address import arrived, open_run, permalink, remember
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.errors import show_error
from dashboard.widgets.model_choice import model_title
from dashboard.widgets.text import count, escape
from dashboard.widgets.uploaded_files import on_disk
from shared.analyses import kind_title
from shared.errors import ConvscopeError
from shared.library.gallery import Piece
from shared.library.titles import Titles, run_title, run_words, titles_of
from shared.store import RunRecord

SHOWN = 24
MARKED, COMPARE = "gallery/marked", "gallery/compare"
FACETS = {"kind": "Kind", "model": "Model", "by": "Person", "tag": "Tag"}
_cards = browser_element("gallery_cards")


def choose_pieces() -> tuple[dict[str, str], str]:
    """Draw the filters in the sidebar; the address follows. Returns facets and words."""
    gallery, names = get_client().results.gallery, get_client().models.names()
    text = _kept("text", st.text_input, "Search", placeholder="fur, vgg16, mixed4 ...")
    facets: dict[str, str] = {}
    for facet, label in FACETS.items():
        values = gallery.values(facet)
        if facet == "model":
            titles = {value: model_title(value, names) for value in values}
        else:
            titles = {value: kind_title(value) for value in values}
        options = ["", *values]
        chosen = _kept(facet, st.selectbox, label, options=options,
                       format_func=lambda v, t=titles, n=values: f"{t[v]} ({n[v]})" if v in n else "all")  # fmt: skip
        if chosen:
            facets[facet] = chosen
    return facets, text


def _kept(name: str, draw: Any, label: str, **more: Any) -> str:
    """A control whose value stands in the address."""
    key = f"gallery/{name}"
    wanted = st.query_params.get(name, "")
    if arrived(key) or key not in st.session_state:
        st.session_state[key] = wanted
    if "options" in more and st.session_state[key] not in more["options"]:
        st.session_state[key] = ""
    value = str(draw(label, key=key, **more) or "")
    remember({name: value or None})
    return value


def show_pieces(facets: dict[str, str], text: str) -> None:
    """Draw one page of the gallery."""
    gallery = get_client().results.gallery
    page = int(st.session_state.get("gallery/page", 1))
    found = gallery.find(facets, text, (page - 1) * SHOWN, SHOWN)
    if not found.total:
        _nothing(bool(facets or text))
        return
    st.caption(count(found.total, "result"))
    pieces = [piece for key in found.keys if (piece := gallery.get(key))]
    titles = titles_of(get_client().library)
    _cards(key="gallery", data={"pieces": [card(piece, titles) for piece in pieces], "marked": _marked()},
           on_mark_change=_mark)  # fmt: skip
    if found.total > SHOWN:
        st.pagination(-(-found.total // SHOWN), key="gallery/page")


def card(piece: Piece, titles: Titles) -> dict[str, Any]:
    """One card, as JSON values; all of it is shown as text. What is pinned outlives the record of its run."""
    record = get_client().record(piece.key)
    run = record if record.kind else RunRecord(piece.key, kind=piece.kind, fields=dict(piece.about))
    return {
        "key": piece.key,
        "title": piece.title or run_title(run, titles),
        "detail": " · ".join(run_words(run, titles)) if piece.title else "",
        "kind": kind_title(piece.kind),
        "tags": list(piece.tags),
        "by": f"{piece.by}, {datetime.fromtimestamp(piece.at):%d %b %Y}"
        + (f" · imported, {piece.origin}" if piece.origin else ""),
        "link": permalink(piece.key),
        "thumbnail": thumbnail_url(piece.key) if piece.thumbnail else "",
    }


def _marked() -> str:
    """The card that waits for a second one.

    The session knows it before the address does: of two clicks in quick succession, a browser sends the second with an
    address that has not heard of the first.
    """
    if arrived(MARKED) or MARKED not in st.session_state:
        st.session_state[MARKED] = st.query_params.get("mark", "")
    return str(st.session_state[MARKED])


def _mark() -> None:
    """A card was marked to be compared: the second one opens the comparison."""
    key, first = str(st.session_state["gallery"].get("mark") or ""), _marked()
    if first and key and key != first:
        st.session_state[COMPARE] = (first, key)
    st.session_state[MARKED] = key if key and not first else ""
    remember({"mark": st.session_state[MARKED] or None})


def _nothing(filtered: bool) -> None:
    if filtered:
        st.info("Nothing in the gallery fits. Take a filter away.", icon=":material/filter_alt_off:")
        return
    st.info("The gallery is empty. Use **Pin** above any finished result: pinned results are kept for good and "
            "found here by everybody.", icon=":material/keep:")  # fmt: skip
    st.page_link(script("jobs"), label=escape("See recent results"), icon=":material/arrow_forward:")


def import_form() -> None:
    """A zip that was exported elsewhere."""
    with st.form("gallery/import-form", border=False):
        file = st.file_uploader("Zip of a result", type=["zip"], help="Export, Everything in one file (in "
                                "a terminal: `convscope export KEY result.zip`).")  # fmt: skip
        if not st.form_submit_button("Import", type="primary"):
            return
        if file is None:
            st.warning("Choose a zip first.", icon=":material/edit:")
            return
        with on_disk(file) as path:
            try:
                key = get_client().results.import_zip(path)
            except ConvscopeError as error:
                show_error(str(error), "Not imported.")
                return
    open_run(key)
