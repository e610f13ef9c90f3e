"""The choices of the layer atlas: model, layer and settings."""

import streamlit as st

from dashboard.runs.choices import Chosen, RunChoices
from dashboard.server.connection import get_client
from dashboard.widgets.address import NONE
from dashboard.widgets.layer_choice import choose_layer
from dashboard.widgets.mode_choice import follow_mode
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.photographs import photograph_jpeg
from dashboard.widgets.picture_choice import add_picture
from dashboard.widgets.text import count
from shared.analyses import FilterAtlas

PREFIX = "atlas"
BASIC = ("mode", "size", "steps", "channels")
CHOICES = RunChoices(FilterAtlas, PREFIX, {"model": "keras/vgg16/imagenet", "layer": NONE}, viewed=("tile",))


def choose() -> Chosen:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    CHOICES.follow_address(client)
    follow_mode(PREFIX)
    with st.sidebar:
        model = choose_model(client, f"{PREFIX}.model")
        layer, failure = choose_layer(client, f"{PREFIX}.layer", model, FilterAtlas.kind)
        pictures = ["", *client.images.names()]
        values = CHOICES.form(BASIC, {"image": pictures}, ("model", "layer"))
        _own_picture()
        return CHOICES.chosen(client, {"model": model, "layer": layer, **values} if layer else None, failure)


def _own_picture() -> None:
    """Start from an uploaded picture; shows the one that is chosen now."""
    image = st.session_state.get(f"{PREFIX}.image")
    if image:
        st.image(photograph_jpeg(image), alt="The picture that the ascent starts from", width="stretch")
    add_picture(f"{PREFIX}.image", "Start from a picture of yours")


def plan(spec: FilterAtlas) -> str:
    """How much an atlas is, in words."""
    tiles = count(len(spec.channels), "tile") if spec.channels else "One tile a channel"
    return f"{tiles}, {spec.size} × {spec.size} pixels, {count(spec.steps, 'step')} each."
