"""Who stands beside a channel: its neighbours in an atlas of the layer, and its twins."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboard.analyses.channel_portrait.choices import go_to
from dashboard.widgets.address import channel_url
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.likeness import likeness_of_run
from dashboard.widgets.text import count
from dashboard.widgets.tiles_at_hand import Tiles, tiles_of
from shared.analyses.ascent_modes import DEFAULT_MODE, AscentSpec
from shared.analyses.filter_atlas.spec import FilterAtlas
from shared.analyses.filter_twins.numbers import ALIKE, INVERSE, SYMMETRIES
from shared.analyses.filter_twins.spec import FilterTwins
from shared.client import Client
from shared.store import RunRecord

# Tiles before and behind the channel.
BESIDE = 4
MOST_TWINS = 8
_element = browser_element("portrait_company")


@dataclass(frozen=True)
class Twin:
    """A channel that is the same up to a rotation or reflection.

    Attributes:
        channel: of the same layer.
        symmetry: in words, how the channel's picture is turned to get the twin's: "turned 90°".
        likeness: 0 to 1.
    """

    channel: int
    symmetry: str
    likeness: float


def twins_of(client: Client, model: str, layer: str, channel: int) -> list[Twin]:
    """Twins of a channel, most alike first, from a finished search of its layer; [] while there is none."""
    run = run_of(client, FilterTwins, model, layer)
    found = likeness_of_run(run) if run else None
    pairs = found.pairs(False, ALIKE) if found else []
    mine = [Twin(p.second, SYMMETRIES[p.symmetry], p.likeness) for p in pairs if p.first == channel]
    # From the second one's side the turn goes back.
    mine += [Twin(p.first, SYMMETRIES[INVERSE[p.symmetry]], p.likeness) for p in pairs if p.second == channel]
    return sorted(mine, key=lambda twin: -twin.likeness)[:MOST_TWINS]


def company(client: Client, model: str, layer: str, channel: int) -> None:
    """Draw neighbours and twins; a click goes to that channel."""
    search = run_of(client, FilterTwins, model, layer)
    tiles = tiles_of(client, model, layer, channel)
    data = company_data(tiles, model, layer, channel, twins_of(client, model, layer, channel))
    data["offers"] = [*data["offers"], *([] if search else [_search(model, layer)])]
    _element(key="company", data=data, on_channel_change=_picked)


def run_of(client: Client, kind: type[AscentSpec], model: str, layer: str) -> RunRecord | None:
    """A finished run with tiles of a layer: the one with everything at its default, else one of the newest."""
    usual = client.resolve(kind.from_fields({"model": model, "layer": layer}))
    run = client.record(usual.key())
    if run.status == "complete":
        return run
    wanted = {"model": model, "layer": layer, "image": None}
    fitting = client.store.runs.newest({"kind": kind.kind, "state": "complete"}, wanted)
    there = (r for r in fitting if r.status == "complete")  # what the list says of a state may have passed
    return max(there, key=lambda r: r.fields.get("mode", DEFAULT_MODE) == DEFAULT_MODE, default=None)


def company_data(found: Tiles | None, model: str, layer: str, channel: int, twins: list[Twin]) -> dict[str, Any]:
    """What the browser needs, as JSON values."""
    if found is None:
        atlas = {"url": f"/atlas?{channel_url(model, layer, channel).partition('?')[2]}", "label": "Make an atlas",
                 "text": "Neighbours are shown from an atlas of this layer; there is none yet."}  # fmt: skip
        return {"groups": [], "offers": [atlas]}
    order = sorted(found.places)
    here = next((i for i, c in enumerate(order) if c >= channel), len(order))
    near = order[max(0, here - BESIDE) : here + BESIDE + 1]
    groups = [{"title": "Neighbours in the layer", "note": _state(found),
               "tiles": [_tile(found, model, layer, c, "", channel) for c in near]}]  # fmt: skip
    if twins:
        tiles = [_tile(found, model, layer, t.channel, f"{t.symmetry}, {t.likeness:.0%} alike", channel) for t in twins]
        groups.append({"title": "Twins", "note": "the same up to a turn or a reflection", "tiles": tiles})
    text = "All of the layer" if found.run.kind == FilterAtlas.kind else "All twins of the layer"
    return {"groups": groups, "offers": [], "all": {"url": f"/?run={found.run.key}&tile={channel}", "text": text}}


def _state(found: Tiles) -> str:
    """What is said of an atlas that is not complete."""
    if found.run.status == "complete":
        return ""
    made = f"{len(found.finished)} of {count(found.run.total, 'tile')} made"
    looks = f", {len(found.looks)} at a first look" if found.looks else ""
    return f"from an atlas {'under way' if not found.run.over else 'that ended early'}: {made}{looks}"


def _search(model: str, layer: str) -> dict[str, str]:
    """Leads to the search for twins, for a layer that has not been searched."""
    text = "Whether it has twins, the same filter turned or mirrored, is not known: nobody has looked in this layer."
    return {"url": f"/twins?{urlencode({'model': model, 'layer': layer})}", "label": "Look for twins", "text": text}


def _tile(found: Tiles, model: str, layer: str, channel: int, note: str, here: int) -> dict[str, Any]:
    return {
        "channel": channel,
        "url": found.url(channel),
        "href": channel_url(model, layer, channel),
        "note": note,
        "here": channel == here,
    }


def _picked() -> None:
    channel = st.session_state["company"].get("channel")
    if channel is not None:
        go_to(int(channel))
