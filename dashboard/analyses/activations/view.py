"""A picture's activations on the page: the strip of layers, a layer's sheet, and what was clicked."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.analyses.activations.layer_strip import layer_strip
from dashboard.analyses.activations.map_sheet import layer_sheet
from dashboard.analyses.activations.second_picture import BESIDE, second_run
from dashboard.runs.header import Download
from dashboard.runs.notes import named_channel
from dashboard.runs.place import run_place, was_asked
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.export_links import download_url
from dashboard.widgets.address import keep_choice, permalink
from dashboard.widgets.charts import charts
from dashboard.widgets.feature_map_view import STATES, ViewState, view_state
from dashboard.widgets.feature_maps import limits_of, part_cache, summary
from dashboard.widgets.map_panel import map_panel
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.text import escape
from shared.analyses.activations.figures import depth_words, sparsity_figure
from shared.store import RunRecord

KEPT = ("layer", BESIDE, *STATES.values())


def activation_view() -> View:
    """How the job view draws the activations."""
    return View("feature maps", "layer", _head, _draw, "All layers in one forward pass, a second or two.")


def _head(run: RunRecord) -> None:
    fields, query = run.fields, st.query_params
    channel = query.get("channel", "")
    layer = query.get("layer", "")
    named = named_channel(str(fields["model"]), layer, int(channel)) if channel.isdigit() else ""
    steps = [picture_title(str(fields["image"])), layer, named]
    how = {"crop": "middle of the picture", "fit": "squeezed to fit", "own": "own size"}
    link = permalink(run.key, **{name: query.get(name) for name in KEPT}) if was_asked(run) else ""
    run_place(run, [s for s in steps if s], [how[str(fields.get("resize", "crop"))]], link, _downloads(run))


def _downloads(run: RunRecord) -> list[Download]:
    if run.status != "complete":
        return []
    return [
        Download("Maps of all layers, logits", "npz", download_url(run.key, "arrays.npz")),
        Download("What made it", "JSON", download_url(run.key, "manifest.json")),
    ]


def _draw(run: RunRecord) -> None:
    client = get_client()
    first = summary(client, run)
    if not first:
        return
    if run.status == "complete":
        client.store.parts.viewed(run.key)
    row = chosen_layer(first, st.query_params.get("layer", ""))
    second = second_run(run)
    state = view_state(row["channels"], second.key if second else "")
    layer_strip(run, first["layers"], row, state.painting)
    _columns([run, *([second] if second else [])], row, state)
    charts("sparsity", [sparsity_figure(first["layers"], row["path"])], view=run.key,
           on_chosen_change=keep_choice("sparsity", "chosen", "layer"))  # fmt: skip
    st.caption(f"The deeper, the more blank maps? Here: {depth_words(first['layers'])}.")


def chosen_layer(first: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """Facts of the layer that an address names; of the first one where it names none of this network."""
    return next((row for row in first["layers"] if row["path"] == path), first["layers"][0])


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
