"""Twins on the page: how many filters are really different, and the pairs with their pictures."""

from typing import Any

import streamlit as st

from dashboard.runs.header import Download
from dashboard.runs.place import run_place, was_asked
from dashboard.runs.urls import tile_url
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.export_links import download_url
from dashboard.widgets.address import permalink, remember
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.channel_address import channel_url
from dashboard.widgets.likeness import THRESHOLDS, Likeness, likeness_of_run
from dashboard.widgets.text import count
from shared.analyses.filter_twins.numbers import ALIKE, SYMMETRIES, Pair
from shared.store import RunRecord

LEAST, KERNELS = "least", "by"
SHOWN = 60
_pairs = browser_element("twin_pairs")


def twin_view(plan: str = "") -> View:
    """How the job view draws a layer's twins."""
    return View("comparison", "tile", _head, _draw, plan)


def _head(run: RunRecord) -> None:
    fields, query = run.fields, st.query_params
    details = [str(fields.get("mode", "")), f"{fields.get('size')} px", f"{fields.get('steps')} steps"]
    link = permalink(run.key, **{name: query.get(name) for name in (LEAST, KERNELS)}) if was_asked(run) else ""
    run_place(run, [str(fields["layer"])], details, link, _downloads(run))


def _downloads(run: RunRecord) -> list[Download]:
    if run.status != "complete":
        return []
    return [
        Download("Pairs", "PNG", download_url(run.key, "pairs.png")),
        Download("Pairs, in words", "JSON", download_url(run.key, "pairs.json")),
        Download("How alike all channels are", "npz", download_url(run.key, "arrays.npz")),
        Download("What made it", "JSON", download_url(run.key, "manifest.json")),
    ]


def _draw(run: RunRecord) -> None:
    found = likeness_of_run(run)
    if found is None:
        return
    if run.status == "complete":
        get_client().store.parts.viewed(run.key)
    least, kernels = _controls(found)
    _pairs(key="twin-pairs", data=pairs_data(run, found, kernels, least))


def _controls(found: Likeness) -> tuple[float, bool]:
    """How alike twins must be, and by what that is measured; both stand in the address."""
    asked = st.query_params.get(LEAST, "")
    start = min(THRESHOLDS, key=lambda t: abs(t - (float(asked) if _is_number(asked) else ALIKE)))
    left, right = st.columns([3, 2], gap="large", vertical_alignment="bottom")
    least = left.select_slider(
        "Twins are at least this alike", THRESHOLDS, start, key="twins/least",
        help="1: each turned tile excites the other channel as much as that channel's own tile does. 0: no more than "
        "any tile does.",
    )  # fmt: skip
    kernels = False
    if found.by_kernels is not None:
        st.session_state.setdefault("twins/by", "kernels" if st.query_params.get(KERNELS) == "kernels" else "answers")
        by = right.segmented_control("Compared by", ("answers", "kernels"), key="twins/by", required=True,
                                     help="Answers: what the layer says to turned tiles. Kernels: the weights "
                                     "themselves, turned.")  # fmt: skip
        kernels = by == "kernels"
    remember({LEAST: None if least == ALIKE else f"{least:g}", KERNELS: "kernels" if kernels else None})
    return float(least), kernels


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def pairs_data(run: RunRecord, found: Likeness, kernels: bool, least: float) -> dict[str, Any]:
    """What the browser needs, as JSON values."""
    pairs = found.pairs(kernels, least)
    living = len(found.channels) - sum(found.dead)
    different = found.different(kernels, least)
    dead = f" {count(sum(found.dead), 'dead channel')} left out." if any(found.dead) else ""
    return {
        "figure": f"{different} of {living}",
        "says": f"{'filters are' if living != 1 else 'filter is'} really different: the others are copies of these, "
        f"turned or mirrored.{dead}",
        "chart": {
            "curve": [found.different(kernels, t) for t in THRESHOLDS],
            "curve_title": "Really different filters by how alike twins must be",
            "axis": [f"likeness {THRESHOLDS[0]:g}", f"likeness {THRESHOLDS[-1]:g}"],
        },
        "pairs": [_pair(run, found, pair) for pair in pairs[:SHOWN]],
        "more": f"and {len(pairs) - SHOWN} more pairs, in the exports" if len(pairs) > SHOWN else "",
        "none": "" if pairs else "No two channels are so alike. Move the slider to the left.",
    }


def _pair(run: RunRecord, found: Likeness, pair: Pair) -> dict[str, Any]:
    places = dict(zip(found.channels, found.places, strict=True))
    model, layer = str(run.fields["model"]), str(run.fields["layer"])
    return {
        "words": SYMMETRIES[pair.symmetry],
        "likeness": round(pair.likeness, 2),
        "turns": pair.symmetry % 4,
        "mirrored": pair.symmetry >= 4,
        "tiles": [
            {"channel": c, "url": tile_url(run.key, places[c]), "href": channel_url(model, layer, c)}
            for c in (pair.first, pair.second)
        ],
    }
