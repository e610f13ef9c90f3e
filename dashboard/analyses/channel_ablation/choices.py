"""The choices of the ablation's page: a network, a layer, a data set and one of its splits, and what stands in."""

import streamlit as st

from dashboard.runs.choices import Choice, RunChoices
from dashboard.server.connection import get_client
from dashboard.widgets.address import NONE
from dashboard.widgets.dataset_choice import card_of, choose_dataset
from dashboard.widgets.layer_choice import choose_layer
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.output_choice import choose_output
from dashboard.widgets.text import count
from shared.analyses.activations.spec import Activations
from shared.analyses.channel_ablation.spec import ChannelAblation
from shared.library.bundled import STAND_IN

PREFIX = "channel_ablation"
CLASS, CHANNEL = "class", "channel"
START = {"model": STAND_IN, "dataset": NONE, "layer": NONE}
CHOICES = RunChoices(ChannelAblation, PREFIX, START, viewed=(CLASS, CHANNEL))


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    if CHOICES.follow_address(client) is not None and st.session_state[f"{PREFIX}.dataset"] == NONE:
        st.session_state[f"{PREFIX}.dataset"] = ""
    with st.sidebar:
        model = choose_model(client, f"{PREFIX}.model")
        layer, failure = choose_layer(client, f"{PREFIX}.layer", model, Activations.kind, "Layers with channels.")
        dataset = choose_dataset(client, f"{PREFIX}.dataset", none="choose one")
        card = card_of(client, dataset) if dataset else None
        splits = {"split": list(card.splits)} if card else {}
        output, _ = choose_output(client, model, f"{PREFIX}.model_output", ask=True)
        hidden = ("model", "dataset", "layer", "model_output")
        values = CHOICES.form(("split", "replace_by", "images"), splits, hidden)
        fields = {"model": model, "dataset": dataset, "layer": layer, "model_output": output, **values}
        return CHOICES.chosen(client, fields if layer and dataset else None, failure)


def plan(spec: ChannelAblation) -> str:
    """How much there is to do, in words."""
    card = card_of(get_client(), spec.dataset)
    there = len(card.rows(spec.split)) if card and spec.split in card.splits else 0
    pictures = min(there, spec.images) if spec.images else there
    channels = count(len(spec.channels), "channel") if spec.channels else "Every channel of the layer"
    return (f"{channels}, each switched off for {count(pictures, 'picture')}. Estimates for all come first. Several "
            "workers share them.")  # fmt: skip
