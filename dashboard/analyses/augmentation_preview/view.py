"""Augmented copies on the page: the choices, the picture as it is, and the copies beside it."""

from typing import Any

import streamlit as st

from dashboard.runs.choices import Choice, RunChoices
from dashboard.runs.run_now import compute_now
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.widgets.augmentation_controls import FIELDS, augmentation_controls, changes_in_words
from dashboard.widgets.dataset_choice import choose_dataset, dataset_title
from dashboard.widgets.picture_choice import add_picture, choose_picture, picture_title
from dashboard.widgets.text import count, escape
from shared.analyses import AugmentationPreview
from shared.client import Client
from shared.errors import ConvscopeError
from shared.results import part_header, picture_bytes
from shared.store import RunRecord

PREFIX = "augmentation_preview"
CHOICES = RunChoices(AugmentationPreview, PREFIX, {"image": "sample/cat"})
SOURCE = ("image", "dataset", "picture")


def choose_and_compute() -> Choice:
    """Draw the choices in the sidebar and have them computed; returns the run they stand for."""
    client = get_client()
    chosen = _choose(client)
    if chosen.spec is not None:
        compute_now(client, client.resolve(chosen.spec))
    return chosen


def _choose(client: Client) -> Choice:
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


def _title(run: RunRecord) -> str:
    if dataset := run.fields.get("dataset"):
        title = dataset_title(str(dataset), get_client().datasets.names())
        return f"{title}, picture {run.fields['picture']}"
    return picture_title(str(run.fields["image"]))


def _draw(run: RunRecord) -> None:
    data = get_client().results.part(run.key, 0)
    if data is None:
        return
    facts = part_header(data)["facts"]
    original, sheet = picture_bytes(data, "original"), picture_bytes(data, "sheet")
    assert original is not None and sheet is not None
    left, right = st.columns([1, 4], gap="medium")
    with left:
        st.markdown("**The picture**")
        st.image(original, alt="The picture before any change", width="stretch")
        if facts.get("path"):
            st.caption(escape(f"{facts['label']} · {facts['split']} · {facts['path']}"))
    with right:
        st.markdown(f"**{count(facts['copies'], 'copy', 'copies')}, each changed by itself**")
        st.image(sheet, alt=f"{facts['copies']} copies: {changes_in_words(run.fields)}", width="stretch")


VIEW = View(
    draw=_draw,
    whose=lambda _: "Augmentation",
    steps=lambda run: [_title(run)],
    details=lambda run: [
        changes_in_words(run.fields),
        "{size} × {size} px".format(**run.fields),
        f"seed {run.fields['seed']}",
    ],
    files={"Sheet of copies": "sheet.png", "The copies as arrays": "arrays.npz"},
    plan="Takes a second.",
)
