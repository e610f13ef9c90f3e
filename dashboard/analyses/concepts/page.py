"""Concepts: what a class is made of at a layer, and which of it may be a shortcut."""

import streamlit as st

from dashboard.analyses.concepts.view import VIEW
from dashboard.runs.choices import Choice, RunChoices
from dashboard.runs.page import run_page
from dashboard.server.connection import get_client
from dashboard.widgets.address import NONE
from dashboard.widgets.dataset_choice import card_of, choose_dataset
from dashboard.widgets.layer_choice import choose_layer
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.output_choice import choose_output
from shared.analyses.activations.spec import Activations
from shared.analyses.concepts.spec import Concepts
from shared.library.bundled import STAND_IN

PREFIX = "concepts"
CHOICES = RunChoices(Concepts, PREFIX, {"model": STAND_IN, "dataset": NONE, "layer": NONE})


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    if CHOICES.follow_address(client) is not None and st.session_state[f"{PREFIX}.dataset"] == NONE:
        st.session_state[f"{PREFIX}.dataset"] = ""
    with st.sidebar:
        model = choose_model(client, f"{PREFIX}.model")
        layer, failure = choose_layer(client, f"{PREFIX}.layer", model, Activations.kind, "Layers with maps; the last "
                                      "ones say most of a class.")  # fmt: skip
        dataset = choose_dataset(client, f"{PREFIX}.dataset", none="choose one")
        card = card_of(client, dataset) if dataset else None
        offered = {"split": list(card.splits), "class_name": ["", *card.classes]} if card else {}
        output, _ = choose_output(client, model, f"{PREFIX}.model_output", ask=True)
        hidden = ("model", "dataset", "layer", "model_output")
        values = CHOICES.form(("class_name", "split", "concepts", "images"), offered, hidden)
        values["class_name"] = values["class_name"] or ""  # none: the first
        fields = {"model": model, "dataset": dataset, "layer": layer, "model_output": output, **values}
        return CHOICES.chosen(client, fields if layer and dataset else None, failure)


run_page(
    __file__,
    choose,
    VIEW,
    empty="Choose a network, a layer and a data set whose classes the network knows.",
    nothing="No layers to choose from.",
)
