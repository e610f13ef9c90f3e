"""The choices of the filter twins' page: model, layer, and how its tiles are climbed."""

import streamlit as st

from dashboard.runs.choices import Chosen, RunChoices
from dashboard.server.connection import get_client
from dashboard.widgets.address import NONE
from dashboard.widgets.layer_choice import choose_layer
from dashboard.widgets.mode_choice import follow_mode
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.text import count
from shared.analyses import FilterAtlas, JobSpec
from shared.analyses.filter_twins.spec import FilterTwins

PREFIX = "twins"
CHOICES = RunChoices(FilterTwins, PREFIX, {"model": "keras/vgg16/imagenet", "layer": NONE})


def choose() -> Chosen:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    CHOICES.follow_address(client)
    follow_mode(PREFIX)
    with st.sidebar:
        model = choose_model(client, f"{PREFIX}.model")
        layer, failure = choose_layer(client, f"{PREFIX}.layer", model, FilterAtlas.kind)
        values = CHOICES.form(("mode", "size", "steps", "channels"), hidden=("model", "layer"))
    return CHOICES.chosen(client, {"model": model, "layer": layer, **values} if layer else None, failure)


def plan(spec: JobSpec | None) -> str:
    """How much there is to climb, in words."""
    if not isinstance(spec, FilterTwins):
        return ""
    tiles = count(len(spec.channels), "tile") if spec.channels else "One tile a channel"
    return f"{tiles}, {spec.size} × {spec.size} pixels, {count(spec.steps, 'step')} each, shown in eight positions."
