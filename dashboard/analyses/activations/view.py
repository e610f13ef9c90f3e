"""A picture's activations on the page: the choices, the strip of layers, a layer's sheet, and what was clicked."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from dashboard.analyses.activations.routes import layer_url
from dashboard.runs import view as job_view
from dashboard.runs.choices import Choice, RunChoices
from dashboard.runs.notes import named_channel
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.parts import facts_of, stored_part
from dashboard.widgets.address import keep_choice, keep_choices, remember
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.charts import charts
from dashboard.widgets.errors import show_error
from dashboard.widgets.feature_maps import (
    STATES,
    Painting,
    ViewState,
    edge_of,
    limits_of,
    map_colours,
    rows_of_sheet,
    values_url,
    view_state,
)
from dashboard.widgets.layer_choice import layer_paths
from dashboard.widgets.map_panel import map_panel, panel_data
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.picture_choice import add_picture, choose_picture, picture_title
from dashboard.widgets.shown_bands import seen_url
from dashboard.widgets.text import escape, round_values, short
from dashboard.widgets.tiles import QUALITIES, Quality
from shared.analyses import Activations, parse_spec
from shared.analyses.activations.figures import depth_words, sparsity_figure
from shared.analyses.activations.parts import LAYER, PICTURE, LayerArrays, LayerFacts, LayerSummary, PictureFacts
from shared.errors import ConvscopeError
from shared.images.contact_sheet import GAP
from shared.images.feature_maps import Limits
from shared.images.resizing import CROP, rule_words
from shared.results import Part
from shared.store import RunRecord

GRADIENT_STEPS = 9
_strip, _sheet = browser_element("layer_strip"), browser_element("map_sheet")
# Parameter of the address that names the picture.
BESIDE = "image2"
PREFIX = "activations"
CHOICES = RunChoices(Activations, PREFIX, {"model": "keras/mobilenetv2/imagenet", "image": "sample/cat"})
SECOND = f"{PREFIX}/{BESIDE}"


def sheet_data(run: RunRecord, part: Part, state: ViewState, limits: Limits) -> dict[str, Any]:
    """What the browser needs to draw the sheet, as JSON values."""
    row, arrays = LAYER.read(part), LAYER.read_arrays(part)
    columns, rows = rows_of_sheet(row["channels"])
    low = float(limits[0].min())
    colours = map_colours(low, state.painting.scale, state.painting.colour)
    return {
        "key": f"{run.key}/{row['part']}",
        "qualities": {quality: _quality(run, row, state.painting, quality) for quality in QUALITIES},
        "columns": columns,
        "rows": rows,
        "channels": list(range(row["channels"])),
        "maximum": round_values(arrays["maximum"]),
        "mean": round_values(arrays["mean"]),
        "zeros": round_values(arrays["zeros"]),
        "reach": round_values(limits[1] if state.painting.scale != "zscore" else abs_reach(arrays)),
        "selected": state.channel,
        "sort": state.sort,
        "size": state.size,
        "scale": state.painting.scale,
        "colour": state.painting.colour,
        "signed": low < 0,
        "ends": _ends(limits, state.painting.scale),
        "gradient": [f"rgb({r} {g} {b})" for r, g, b in colours[:: len(colours) // (GRADIENT_STEPS - 1)].tolist()],
        "height": row["height"],
        "width": row["width"],
        "picture": seen_url(run.key, 0, "picture"),
        "values": values_url(run, row["part"], "{}"),
        "title": f"Feature maps of {row['path']}",
        "objectives": [],
        "dead": [],
        "live": False,
    }


def abs_reach(arrays: LayerArrays) -> np.ndarray:
    """Each channel's greatest absolute value, 1 where it is zero; float32 (channel)."""
    reach = abs(arrays["minimum"]).clip(min=abs(arrays["maximum"]))
    return np.asarray(reach + (reach == 0))


def _quality(run: RunRecord, row: LayerFacts, painting: Painting, quality: Quality) -> dict[str, Any]:
    return {"url": layer_url(run, row["part"], painting, quality), "edge": edge_of(row, quality), "gap": GAP}


def _ends(limits: Limits, scale: str) -> list[str]:
    if scale == "zscore":
        return [f"{short(limits[0][0], 3)} σ", f"{short(limits[1][0], 3)} σ"]
    if scale == "channel":
        return ["−max" if limits[0].min() < 0 else "0", "its max"]
    return [short(limits[0][0], 3), short(limits[1][0], 3)]


def strip_data(run: RunRecord, rows: Sequence[LayerSummary], chosen: LayerSummary, how: Painting) -> dict[str, Any]:
    """What the browser needs to draw the layers, as JSON values; the neighbours' sheets are fetched ahead."""
    at = chosen["part"]
    ahead = [row["part"] for row in rows if abs(row["part"] - at) == 1]
    return {
        "key": run.key,
        "layers": [
            {
                "path": row["path"],
                "class": row["class"],
                "detail": (shape := f"{row['height']} × {row['width']} × {row['channels']}"),
                "words": f"{shape}, {100 * row['zeros']:.0f} % zeros",
            }
            for row in rows
        ],
        "selected": chosen["path"],
        "ahead": [layer_url(run, part, how) for part in ahead],
    }


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    if CHOICES.follow_address(client) is not None:
        st.session_state[SECOND] = st.query_params.get(BESIDE, "")
    with st.sidebar:
        model = choose_model(client, f"{PREFIX}.model")
        image = choose_picture(client, f"{PREFIX}.image", "Picture")
        add_picture(f"{PREFIX}.image")
        second = choose_picture(client, SECOND, "Picture beside it", none="none")
        layers = {"layers": layer_paths(client, model, "activations", False)}
        values = CHOICES.form(choices=layers, hidden=("model", "image"))
        chosen = CHOICES.chosen(client, {"model": model, "image": image, **values})
    remember({BESIDE: second or None}, step=True)
    return chosen


def _steps(run: RunRecord) -> list[str]:
    layer, channel = st.query_params.get("layer", ""), st.query_params.get("channel", "")
    named = named_channel(str(run.fields["model"]), layer, int(channel)) if channel.isdigit() else ""
    return [picture_title(str(run.fields["image"])), layer, named]


def _draw(run: RunRecord) -> None:
    first = PICTURE.read(facts_of(run, 0))
    if not first:
        return
    row = chosen_layer(first, st.query_params.get("layer", ""))
    second = second_run(run)
    state = view_state(row["channels"], second.key if second else "")
    strip = strip_data(run, first["layers"], row, state.painting)
    _strip(key="strip", data=strip, on_layer_change=keep_choice("strip", "layer"))
    _columns([run, *([second] if second else [])], row, state)
    charts("sparsity", [sparsity_figure(first["layers"], row["path"])], view=run.key,
           on_chosen_change=keep_choice("sparsity", "chosen", "layer"))  # fmt: skip
    st.caption(f"The deeper, the more blank maps? Here: {depth_words(first['layers'])}.")


def chosen_layer(first: PictureFacts, path: str) -> LayerSummary:
    """Facts of the layer that an address names; of the first one where it names none of this network."""
    return next((row for row in first["layers"] if row["path"] == path), first["layers"][0])


def second_run(first: RunRecord) -> RunRecord | None:
    """The finished run of the picture beside; where there is none yet, the way to one is drawn here.

    Args:
        first: a finished run; the second differs from it in its picture alone.
    """
    image = st.query_params.get(BESIDE, "")
    if not image or first.status != "complete":
        return None
    client = get_client()
    try:
        spec = client.resolve(parse_spec(first.kind, {**first.fields, "image": image}))
    except ConvscopeError as error:
        show_error(str(error), "No second picture.")
        return None
    run = client.record(spec.key())
    if run.status == "complete":
        return run
    title, beside = picture_title(image), picture_title(str(first.fields["image"]))
    plan = f"{title} stands beside {beside} once it has gone through the same layers."
    job_view.show(run.key, spec, View(noun=f"maps of {title}", plan=plan, leads=False))
    return None


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
        key = f"maps-{number}"
        _sheet(key=key, data=sheet_data(run, part, state, limits), **keep_choices(key, **STATES))
    first = PICTURE.read(facts_of(run, 0))
    masked = any(one["mask"] and one["top"] for one in first.get("outputs", ()))
    mask = seen_url(run.key, 0, "mask") if masked else ""
    with right:
        map_panel(key=f"map-{number}", data=panel_data(run, first, part, state, limits, mask))


VIEW = View(
    draw=_draw,
    steps=_steps,
    details=lambda run: [rule_words(str(run.fields.get("resize", CROP)))],
    files={"Maps of all layers, logits": "arrays.npz"},
    kept=("layer", BESIDE, *STATES.values()),
    plan="All layers in one forward pass, a second or two.",
)
