"""The choices of the activations page: model, picture, a second one beside."""

import streamlit as st

from dashboard.analyses.activations.second_picture import BESIDE
from dashboard.runs.choices import Chosen, RunChoices
from dashboard.server.connection import get_client
from dashboard.widgets.address import remember
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.picture_choice import add_picture, choose_picture
from shared.analyses import Activations

PREFIX = "activations"
CHOICES = RunChoices(Activations, PREFIX, {"model": "keras/mobilenetv2/imagenet", "image": "sample/cat"})
SECOND = f"{PREFIX}/{BESIDE}"


def choose() -> Chosen:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    if CHOICES.follow_address(client) is not None:
        st.session_state[SECOND] = st.query_params.get(BESIDE, "")
    with st.sidebar:
        model = choose_model(client, f"{PREFIX}.model")
        image = choose_picture(client, f"{PREFIX}.image", "Picture")
        add_picture(f"{PREFIX}.image")
        second = choose_picture(client, SECOND, "Picture beside it", none="none")
        values = CHOICES.form(hidden=("model", "image"))
        chosen = CHOICES.chosen(client, {"model": model, "image": image, **values})
    remember({BESIDE: second or None})
    return chosen
