"""The choices of the augmentation page: a picture, or one of a data set, and what may change."""

from typing import Any

import streamlit as st

from dashboard.runs.choices import Chosen, RunChoices
from dashboard.runs.run_now import computed
from dashboard.server.connection import get_client
from dashboard.widgets.augmentation_controls import FIELDS, augmentation_controls
from dashboard.widgets.dataset_choice import choose_dataset
from dashboard.widgets.picture_choice import add_picture, choose_picture
from shared.analyses import AugmentationPreview
from shared.client import Client
from shared.errors import ConvscopeError

PREFIX = "augment"
CHOICES = RunChoices(AugmentationPreview, PREFIX, {"image": "sample/cat"})
SOURCE = ("image", "dataset", "picture")


def choose_and_compute() -> Chosen:
    """Draw the choices in the sidebar and have them computed; returns the run they stand for."""
    client = get_client()
    chosen = _choose(client)
    if chosen.spec is not None:
        computed(client, client.resolve(chosen.spec))
    return chosen


def _choose(client: Client) -> Chosen:
    CHOICES.follow_address(client)
    with st.sidebar:
        try:
            source = _source(client)
        except ConvscopeError as error:
            return CHOICES.chosen(client, None, str(error))
        changes = augmentation_controls(PREFIX)
        values = CHOICES.form(("copies", "seed"), hidden=(*SOURCE, *FIELDS))
        return CHOICES.chosen(client, {**source, **changes, **values})


def _source(client: Client) -> dict[str, Any]:
    dataset = choose_dataset(client, f"{PREFIX}.dataset", "Picture from", none="a photograph")
    if not dataset:
        image = choose_picture(client, f"{PREFIX}.image", "Picture")
        add_picture(f"{PREFIX}.image")
        return {"image": image}
    most = len(client.datasets.card(dataset).pictures) - 1
    key = f"{PREFIX}.picture"
    st.session_state[key] = min(int(st.session_state.get(key) or 0), most)
    number = st.number_input("Picture", 0, most, key=key, help="Its number in the data set; classes are mixed.")
    return {"dataset": dataset, "picture": number}
