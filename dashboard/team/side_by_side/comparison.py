"""Two results beside each other: which they are, which picture of each, and the pictures themselves."""

from dataclasses import dataclass
from itertools import islice
from typing import Any

import streamlit as st

from dashboard.analyses.filter_atlas.sheets import sheet_of, sheet_url
from dashboard.server.connection import get_client
from dashboard.team.gallery.view import card
from dashboard.widgets.address import arrived, choose_kept, permalink, remember
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.shown_bands import seen_url
from shared.analyses import KINDS
from shared.client import Client
from shared.library.titles import run_title, titles_of
from shared.results import part_header
from shared.store import RunRecord

# A sheet stands for the tiles of an atlas; of all else so many pictures are offered.
MOST = 200
OFFERED = 60
_panes = browser_element("zoom_panes")


@dataclass(frozen=True)
class Side:
    """One side: a run, and a picture of it."""

    run: RunRecord
    title: str
    picture: str
    url: str


def choose_side(name: str) -> Side | None:
    """Draw the choice of a result and of one of its pictures; the address follows."""
    client = get_client()
    wanted, key = st.query_params.get(name, ""), f"side/{name}"
    titles = _titles()
    if wanted and wanted not in titles:
        titles[wanted] = run_title(client.record(wanted), titles_of(client.library))
    options = list(titles)
    if not options:
        return None
    if arrived(key) or st.session_state.get(key) not in options:
        st.session_state[key] = wanted if wanted in titles else options[0] if name == "left" else _beside(options)
    chosen = st.selectbox("Result" if name == "left" else "Beside", options, key=key, format_func=titles.__getitem__)
    remember({name: chosen}, step=True)
    run = client.record(chosen)
    pictures = pictures_of(client, run) if run.status != "absent" else {}
    if not pictures:
        st.info(
            "This result has no picture here any more. Open it: it can be computed again.", icon=":material/history:"
        )
        st.link_button("Open it", permalink(chosen))
        return None
    return _picture(name, run, titles[chosen], pictures)


def _beside(options: list[str]) -> str:
    """What stands beside the left side where nobody chose: the next result of its kind, else the next of all."""
    left = str(st.session_state.get("side/left", options[0]))
    others = [key for key in options if key != left]
    alike = [key for key in others if key.partition("-")[0] == left.partition("-")[0]]
    return next(iter(alike or others), left)


def _picture(name: str, run: RunRecord, title: str, pictures: dict[str, str]) -> Side:
    key, options = f"side/{name}/picture", list(pictures)
    chosen = choose_kept(f"{name}_picture", key, options, lambda: st.selectbox(
        "Picture", options, key=key, disabled=len(options) == 1))  # fmt: skip
    return Side(run, title, chosen, pictures[chosen])


def _titles() -> dict[str, str]:
    """Results to choose from: the gallery's newest, then the newest complete runs."""
    client, named = get_client(), titles_of(get_client().library)
    pieces = [
        piece for key in client.results.gallery.find(count=OFFERED).keys if (piece := client.results.gallery.get(key))
    ]
    cards = [(piece, card(piece, named)) for piece in pieces]
    titles = {piece.key: f"{one['kind']} · {piece.title}" if piece.title else one["title"] for piece, one in cards}
    unasked = [name for name, kind in KINDS.items() if kind.unasked]
    runs = client.store.runs.newest({"state": "complete", "trial": "no"}, exclude=unasked)
    for run in islice(runs, OFFERED):
        titles.setdefault(run.key, run_title(run, named))
    return titles


def draw_both(first: Side | None, second: Side | None) -> None:
    """Draw two panes with one zoom, and below what differs in what made them."""
    if first is None or second is None:
        st.info(
            "Two finished results with pictures are needed. Make some, or pin them first.", icon=":material/compare:"
        )
        return
    _panes(key="panes", data={"panes": [{"title": f"{s.title}: {s.picture}", "url": s.url} for s in (first, second)]})
    rows = differences(first.run, second.run)
    if rows:
        st.markdown("**What differs in what made them**")
        st.dataframe(rows, hide_index=True, width="stretch")
    else:
        st.caption("Both have the same settings.")


def differences(first: RunRecord, second: RunRecord) -> list[dict[str, Any]]:
    """Fields of the two specs that are not alike, a row each; and precision and time."""
    left = {"kind": first.kind, **first.fields}
    right = {"kind": second.kind, **second.fields}
    names = [name for name in dict.fromkeys([*left, *right]) if left.get(name) != right.get(name)]
    return [
        {"": name.replace("_", " "), "left": _shown(left.get(name)), "right": _shown(right.get(name))} for name in names
    ]


def _shown(value: Any) -> str:
    return "" if value is None else str(value)[:300]


def pictures_of(client: Client, run: RunRecord) -> dict[str, str]:
    """What a result has to look at: title to address, in the order of its parts."""
    if run.kind == "filter_atlas":
        sheet = sheet_of(client, run, "sharp")
        return {"all channels": sheet_url(sheet, "sharp")} if sheet and sheet.shown else {}
    found: dict[str, str] = {}
    for index, data in sorted(client.results.parts(run.key).items()):
        header = part_header(data)
        for name, _ in header["pictures"]:
            words = [str(header["name"] or f"part {index}"), *([name] if name != header["name"] else [])]
            found.setdefault(" · ".join(words).replace("_", " "), seen_url(run.key, index, name))
    return dict(list(found.items())[:MOST])
