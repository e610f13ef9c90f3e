"""A picture's activations on the page: the strip of layers, a layer's sheet, and what was clicked."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.connection import get_client
from dashboard.job_view import View
from dashboard.layer_maps import limits_of, part_cache, summary
from dashboard.layer_strip import layer_strip
from dashboard.map_panel import map_panel
from dashboard.map_sheet import STATES, ViewState, layer_sheet, view_state
from dashboard.model_choice import has_random_weights, model_title
from dashboard.picture_choice import picture_title
from dashboard.picture_urls import download_url
from dashboard.place_line import Download, place_line
from dashboard.plain_text import duration, escape
from dashboard.view_state import permalink
from shared.store import RunRecord

POLL_SECONDS = 0.5
KEPT = ("layer", "image2", *STATES.values())


def activation_view(beside: str = "", problem: str = "") -> View:
    """How the job view draws the activations.

    Args:
        beside: key of the run of a second picture.
        problem: why there is none, though one was chosen.
    """

    def draw(run: RunRecord) -> None:
        if problem:
            st.error(f"**No second picture.** {escape(problem)}", icon=":material/error:")
        _draw(run, beside)

    return View("feature maps", "layer", _head, draw, "All layers in one forward pass, a second or two.")


def _head(run: RunRecord) -> None:
    fields, facts, query = run.fields, run.facts, st.query_params
    model = model_title(str(fields["model"]), get_client().models.names(), str(facts.get("model", "")))
    channel = query.get("channel", "")
    steps = [
        model,
        picture_title(str(fields["image"])),
        query.get("layer", ""),
        f"channel {channel}" if channel else "",
    ]
    details = [
        {"crop": "middle of the picture", "fit": "squeezed to fit", "own": "own size"}[
            str(fields.get("resize", "crop"))
        ],
        str(facts.get("precision", "")),
        duration(run.seconds) if run.status == "complete" else "",
    ]
    asked = run.submitted_at > 0
    link = permalink(run.key, **{name: query.get(name) for name in KEPT}) if asked else ""
    random = facts.get("weights") == "random" or has_random_weights(str(fields["model"]))
    place_line([s for s in steps if s], details, key=run.key if asked else "", link=link,
               warning="untrained" if random else "", downloads=_downloads(run))  # fmt: skip


def _downloads(run: RunRecord) -> list[Download]:
    if run.status != "complete":
        return []
    return [
        Download("Maps of all layers, logits", "npz", download_url(run.key, "arrays.npz")),
        Download("What made it", "JSON", download_url(run.key, "manifest.json")),
    ]


def _draw(run: RunRecord, beside: str) -> None:
    client = get_client()
    first = summary(client, run)
    if not first:
        return
    if run.status == "complete":
        client.store.parts.viewed(run.key)
    row = chosen_layer(first, st.query_params.get("layer", ""))
    second = _second(beside)
    state = view_state(row["channels"], second.key if second else "")
    layer_strip(run, first["layers"], row, state.painting)
    if beside and second is None:
        _wait_for(beside)
    _columns([run, *([second] if second else [])], row, state)


def chosen_layer(first: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """Facts of the layer that an address names; of the first one where it names none of this network."""
    return next((row for row in first["layers"] if row["path"] == path), first["layers"][0])


def _second(key: str) -> RunRecord | None:
    run = get_client().record(key) if key else None
    return run if run is not None and run.status == "complete" else None


def _columns(runs: list[RunRecord], row: Mapping[str, Any], state: ViewState) -> None:
    """One picture: sheet and panel; two: both sheets side by side, both panels under each other."""
    middle, right = st.columns([3, 1], gap="medium")
    with middle:
        places = st.columns(len(runs), gap="small") if len(runs) > 1 else [st.container()]
    for number, (run, place) in enumerate(zip(runs, places, strict=True)):
        other = runs[1 - number].key if len(runs) > 1 else ""
        mine = replace(state, painting=replace(state.painting, other=other))
        with place:
            if len(runs) > 1:
                st.markdown(f"**{escape(picture_title(str(run.fields['image'])))}**")
            _one(run, row, mine, number, right)


def _one(run: RunRecord, row: Mapping[str, Any], state: ViewState, number: int, right: Any) -> None:
    client = get_client()
    part = part_cache().get(client, run, row["part"])
    limits = limits_of(client, run, row["part"], state.painting.scale, state.painting.other)
    if part is None or limits is None:
        st.caption(":material/hourglass_top: The maps of this layer are on their way.")
    else:
        layer_sheet(f"maps-{number}", run, part, state, limits)
    with right:
        map_panel(f"map-{number}", run, summary(client, run), part, state, limits)


def _wait_for(key: str) -> None:
    st.fragment(_watch_second, run_every=POLL_SECONDS)(key)


def _watch_second(key: str) -> None:
    run = get_client().record(key)
    if run.status == "complete":
        st.rerun()
    if run.status in ("failed", "cancelled"):
        st.error(f"**No second picture.** {escape(run.error or 'Its run was cancelled.')}", icon=":material/error:")
    else:
        st.caption(":material/hourglass_top: The second picture is on its way.")
