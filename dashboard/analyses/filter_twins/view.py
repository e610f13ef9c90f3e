"""Twins on the page: the choices, how many groups of like filters there are, and the groups with their pictures."""

import base64
from typing import Any

import numpy as np
import streamlit as st

from dashboard.runs.choices import Choice, RunChoices
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.parts import stored_part
from dashboard.widgets.address import NONE, arrived, channel_url, one_of, remember
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.charts import charts
from dashboard.widgets.layer_choice import choose_layer
from dashboard.widgets.likeness import Likeness, likeness_of_run
from dashboard.widgets.mode_choice import follow_mode
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.shown_bands import seen_url
from dashboard.widgets.text import count
from shared.analyses import FilterAtlas
from shared.analyses.filter_twins.figures import different_figure
from shared.analyses.filter_twins.numbers import ALIKE, SYMMETRIES, THRESHOLDS, Group
from shared.analyses.filter_twins.parts import TURNED_TILE
from shared.analyses.filter_twins.spec import FilterTwins
from shared.results import encode_picture
from shared.store import RunRecord

PREFIX = "filter_twins"
CHOICES = RunChoices(FilterTwins, PREFIX, {"model": "keras/vgg16/imagenet", "layer": NONE})
LEAST, KERNELS = "least", "by"
SHOWN = 40
_pairs = browser_element("twin_pairs")


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    CHOICES.follow_address(client)
    follow_mode(PREFIX)
    with st.sidebar:
        model = choose_model(client, f"{PREFIX}.model")
        layer, failure = choose_layer(client, f"{PREFIX}.layer", model, FilterAtlas.kind)
        values = CHOICES.form(("mode", "size", "steps", "channels"), hidden=("model", "layer"))
    return CHOICES.chosen(client, {"model": model, "layer": layer, **values} if layer else None, failure)


def plan(spec: FilterTwins) -> str:
    """How many tiles and steps there will be, in words."""
    tiles = count(len(spec.channels), "tile") if spec.channels else "One tile a channel"
    return f"{tiles}, {spec.size} × {spec.size} pixels, {count(spec.steps, 'step')} each, shown in eight positions."


def _draw(run: RunRecord) -> None:
    found = likeness_of_run(run)
    if found is None:
        return
    least, kernels = _controls(found)
    counts = [found.count_different(kernels, threshold) for threshold in THRESHOLDS]
    charts("different", [different_figure(counts, least)], view=run.key)
    _pairs(key="twin-pairs", data=groups_data(run, found, kernels, least))


def _controls(found: Likeness) -> tuple[float, bool]:
    """How alike twins must be, and by what that is measured; both stand in the address."""
    asked = st.query_params.get(LEAST, "")
    start = min(THRESHOLDS, key=lambda t: abs(t - (float(asked) if _is_number(asked) else ALIKE)))
    came = arrived("filter_twins/least")
    if came or "filter_twins/least" not in st.session_state:
        st.session_state["filter_twins/least"] = start
    left, right = st.columns([3, 2], gap="large", vertical_alignment="bottom")
    least = left.select_slider(
        "Twins are at least this alike", THRESHOLDS, key="filter_twins/least",
        help="1: each rotated tile excites the other channel as much as that channel's own tile does. 0: no more than "
        "any tile does.",
    )  # fmt: skip
    kernels = False
    if found.by_kernels is not None:
        if came or "filter_twins/by" not in st.session_state:
            st.session_state["filter_twins/by"] = one_of(st.query_params.get(KERNELS, ""), ("answers", "kernels"))
        by = right.segmented_control("Compared by", ("answers", "kernels"), key="filter_twins/by", required=True,
                                     format_func={"answers": "Responses", "kernels": "Kernels"}.__getitem__,
                                     help="Responses: what the layer computes of rotated tiles. Kernels: the weights "
                                     "themselves, rotated.")  # fmt: skip
        kernels = by == "kernels"
    remember({LEAST: None if least == ALIKE else f"{least:g}", KERNELS: "kernels" if kernels else None})
    return float(least), kernels


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def groups_data(run: RunRecord, found: Likeness, kernels: bool, least: float) -> dict[str, Any]:
    """What the browser needs, as JSON values."""
    groups = found.groups(kernels, least)
    several = [group for group in groups if group.others]
    living = len(found.channels) - sum(found.dead)
    dead = f" {count(sum(found.dead), 'dead channel')} left out." if any(found.dead) else ""
    return {
        "figure": f"{count(len(groups), 'group')} at likeness ≥ {least:g}",
        "says": f"of {count(living, 'living filter')}, {len(several)} of them with more than one filter. The number "
        f"depends on the threshold: filters of a group are alike, not the same.{dead}",
        "groups": [_group(run, found, group, kernels) for group in several[:SHOWN]],
        "more": f"and {count(len(several) - SHOWN, 'more group')}, in the exports" if len(several) > SHOWN else "",
        "none": "" if several else "No two channels are so alike. Move the slider to the left.",
    }


def _group(run: RunRecord, found: Likeness, group: Group, kernels: bool) -> dict[str, Any]:
    return {
        "first": _tile(run, found, group.first, kernels),
        "others": [
            {
                **_tile(run, found, pair.second, kernels),
                "words": SYMMETRIES[pair.symmetry],
                "likeness": round(pair.likeness, 2),
                "turns": pair.symmetry % 4,
                "mirrored": pair.symmetry >= 4,
            }
            for pair in group.others
        ],
    }


def _tile(run: RunRecord, found: Likeness, channel: int, kernels: bool) -> dict[str, Any]:
    """The channel's tile, or its kernel where kernels are compared and there is a picture of it."""
    place = found.places[found.channels.index(channel)]
    part = stored_part(get_client(), run, place) if kernels else None
    kernel = TURNED_TILE.read_arrays(part).get("kernel") if part else None
    picture = kernel_png(kernel) if kernel is not None and kernel.shape[-1] in (1, 3) else ""
    return {
        "channel": channel,
        "url": picture or seen_url(run.key, place, "tile"),
        "kernel": bool(picture),
        "href": channel_url(str(run.fields["model"]), str(run.fields["layer"]), channel),
    }


def kernel_png(kernel: np.ndarray) -> str:
    """A kernel, float (side, side, 1 or 3), as an address that holds a PNG: grey is zero, the largest weight an end."""
    shares = 0.5 + 0.5 * kernel / (float(np.abs(kernel).max()) or 1.0)
    picture = np.repeat(np.round(shares * 255).astype(np.uint8), 3 // kernel.shape[-1], axis=-1)
    return f"data:image/png;base64,{base64.b64encode(encode_picture(picture)).decode()}"


VIEW = View(
    draw=_draw,
    steps=lambda run: [str(run.fields["layer"])],
    files={"Pairs": "pairs.png", "Pairs, in words": "pairs.json", "How alike all channels are": "arrays.npz"},
    kept=(LEAST, KERNELS),
    plan=plan,
)
