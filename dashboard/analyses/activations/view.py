"""A picture's activations on the page: the strip of layers, a layer's sheet, and what was clicked."""

from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard.analyses.activations.layer_strip import layer_strip
from dashboard.analyses.activations.map_sheet import layer_sheet
from dashboard.analyses.activations.second_picture import BESIDE, second_run
from dashboard.runs.notes import named_channel
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.parts import stored_part, summary
from dashboard.widgets.address import keep_choice
from dashboard.widgets.charts import charts
from dashboard.widgets.feature_map_view import STATES, ViewState, view_state
from dashboard.widgets.feature_maps import limits_of
from dashboard.widgets.map_panel import map_panel
from dashboard.widgets.picture_choice import RESIZED, picture_title
from dashboard.widgets.text import escape
from shared.analyses.activations.figures import depth_words, sparsity_figure
from shared.analyses.activations.parts import PICTURE, LayerSummary, PictureFacts
from shared.store import RunRecord


def _steps(run: RunRecord) -> list[str]:
    layer, channel = st.query_params.get("layer", ""), st.query_params.get("channel", "")
    named = named_channel(str(run.fields["model"]), layer, int(channel)) if channel.isdigit() else ""
    return [picture_title(str(run.fields["image"])), layer, named]


def _draw(run: RunRecord) -> None:
    client = get_client()
    first = PICTURE.read(summary(client, run))
    if not first:
        return
    row = chosen_layer(first, st.query_params.get("layer", ""))
    second = second_run(run)
    state = view_state(row["channels"], second.key if second else "")
    layer_strip(run, first["layers"], row, state.painting)
    _columns([run, *([second] if second else [])], row, state)
    charts("sparsity", [sparsity_figure(first["layers"], row["path"])], view=run.key,
           on_chosen_change=keep_choice("sparsity", "chosen", "layer"))  # fmt: skip
    st.caption(f"The deeper, the more blank maps? Here: {depth_words(first['layers'])}.")


def chosen_layer(first: PictureFacts, path: str) -> LayerSummary:
    """Facts of the layer that an address names; of the first one where it names none of this network."""
    return next((row for row in first["layers"] if row["path"] == path), first["layers"][0])


def _columns(runs: list[RunRecord], row: LayerSummary, state: ViewState) -> None:
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


def _one(run: RunRecord, row: LayerSummary, state: ViewState, number: int, right: Any) -> None:
    client = get_client()
    part = stored_part(client, run, row["part"])
    limits = limits_of(client, run, row["part"], state.painting.scale, state.painting.other)
    if part is None or limits is None:
        st.caption(":material/hourglass_top: The maps of this layer are on their way.")
    else:
        layer_sheet(f"maps-{number}", run, part, state, limits)
    with right:
        map_panel(f"map-{number}", run, PICTURE.read(summary(client, run)), part, state, limits)


VIEW = View(
    draw=_draw,
    steps=_steps,
    details=lambda run: [RESIZED[str(run.fields.get("resize", "crop"))]],
    files={"Maps of all layers, logits": "arrays.npz"},
    kept=("layer", BESIDE, *STATES.values()),
    plan="All layers in one forward pass, a second or two.",
)
