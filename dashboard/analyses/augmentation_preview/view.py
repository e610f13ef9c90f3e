"""Augmented copies on the page: the picture as it is, and the copies beside it."""

import streamlit as st

from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.widgets.augmentation_controls import changes_in_words
from dashboard.widgets.dataset_choice import dataset_title
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.text import count, escape
from shared.results import part_header, picture_bytes
from shared.store import RunRecord


def _source(run: RunRecord) -> str:
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
    steps=lambda run: [_source(run)],
    details=lambda run: [
        changes_in_words(run.fields),
        "{size} × {size} px".format(**run.fields),
        f"seed {run.fields['seed']}",
    ],
    files={"Sheet of copies": "sheet.png", "The copies as arrays": "arrays.npz"},
    plan="Takes a second.",
)
