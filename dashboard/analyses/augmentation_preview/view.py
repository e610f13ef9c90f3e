"""Augmented copies on the page: the picture as it is, and the copies beside it."""

import streamlit as st

from dashboard.runs.header import Download, place_line
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.export_links import download_url
from dashboard.widgets.address import permalink
from dashboard.widgets.augmentation_controls import changes_in_words
from dashboard.widgets.dataset_choice import dataset_title
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.text import count, duration, escape
from shared.results import part_header, picture_bytes
from shared.store import RunRecord


def augmentation_view() -> View:
    """How the job view draws the copies."""
    return View("copies", "sheet", _head, _draw, "Takes a second.")


def _head(run: RunRecord) -> None:
    fields = run.fields
    details = [
        changes_in_words(fields),
        f"{fields['size']} × {fields['size']} px",
        f"seed {fields['seed']}",
        duration(run.seconds) if run.status == "complete" else "",
    ]
    asked = run.submitted_at > 0
    place_line(["Augmentation", _source(run)], details, key=run.key if asked else "",
               link=permalink(run.key) if asked else "", downloads=_downloads(run))  # fmt: skip


def _source(run: RunRecord) -> str:
    if dataset := run.fields.get("dataset"):
        title = dataset_title(str(dataset), get_client().datasets.names())
        return f"{title}, picture {run.fields['picture']}"
    return picture_title(str(run.fields["image"]))


def _downloads(run: RunRecord) -> list[Download]:
    if run.status != "complete":
        return []
    return [
        Download("Sheet of copies", "PNG", download_url(run.key, "sheet.png")),
        Download("The copies as arrays", "npz", download_url(run.key, "arrays.npz")),
        Download("What made it", "JSON", download_url(run.key, "manifest.json")),
    ]


def _draw(run: RunRecord) -> None:
    client = get_client()
    data = client.part(run.key, 0)
    if data is None:
        return
    client.store.parts.viewed(run.key)
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
