"""The choices of the examples page: model, data set, layer, and how the pictures are looked at."""

import streamlit as st

from dashboard.runs.choices import Chosen, RunChoices
from dashboard.server.connection import get_client
from dashboard.widgets.address import NONE
from dashboard.widgets.dataset_choice import card_of, choose_dataset
from dashboard.widgets.layer_choice import choose_layer
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.text import count
from shared.analyses import DatasetExamples, FilterAtlas
from shared.analyses.dataset_examples.numbers import SHARD

PREFIX = "examples"
START = {"model": "keras/vgg16/imagenet", "dataset": "builtin/digits", "layer": NONE}
CHOICES = RunChoices(DatasetExamples, PREFIX, START, viewed=("tile",))


def choose() -> Chosen:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    CHOICES.follow_address(client)
    with st.sidebar:
        model = choose_model(client, f"{PREFIX}.model")
        layer, failure = choose_layer(client, f"{PREFIX}.layer", model, FilterAtlas.kind)
        dataset = choose_dataset(client, f"{PREFIX}.dataset")
        card = card_of(client, dataset)
        splits = {"split": list(card.splits)} if card else {}
        values = CHOICES.form(("split", "images"), splits, ("model", "dataset", "layer"))
        fields = {"model": model, "dataset": dataset, "layer": layer, **values}
        return CHOICES.chosen(client, fields if layer else None, failure)


def plan(spec: DatasetExamples) -> str:
    """How much a look through a data set is, in words."""
    card = card_of(get_client(), spec.dataset)
    there = len(card.rows(spec.split)) if card and spec.split in card.splits else 0
    number = min(there, spec.images) if spec.images else there
    pictures = count(number, "picture") if number else "Every picture of the split"
    many = " Several workers share them." if number > SHARD or not number else ""
    return f"{pictures}, once through the network as far as this layer.{many}"
