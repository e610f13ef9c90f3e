"""Adding a data set: look through it, show what was found, ask what to do about it, keep it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard.connection import get_client
from dashboard.dataset_report import counts_table, facts_line, show_unreadable, show_warnings, warnings
from dashboard.plain_text import count, escape
from dashboard.uploaded_files import on_disk
from dashboard.view_state import remember
from shared.client import Client
from shared.datasets.check import CheckedSet
from shared.datasets.report import report
from shared.datasets.splits import Shares
from shared.errors import ConvscopeError
from shared.uploads.data_sets import allowed_folder

PREFIX = "dataset-add"
WAITING, ADDED = f"{PREFIX}/checked", "datasets/added"


@dataclass
class _Waiting:
    """A data set that was looked through and waits for a decision."""

    checked: CheckedSet
    title: str


def add_dataset_form() -> None:
    """Draw the way in, and what was found on it."""
    client = get_client()
    upload, folder = st.tabs(["Upload a zip", "A folder on the server"])
    with upload, st.form(f"{PREFIX}/zip", border=False):
        file = st.file_uploader("Zip of class folders", type=["zip"], help="cats/1.jpg, dogs/2.jpg ..., or train, "
                                "validation and test above such folders.")  # fmt: skip
        if st.form_submit_button("Check the zip", type="primary"):
            if file is None:
                st.warning("Choose a zip first.", icon=":material/edit:")
            else:
                with on_disk(file, ".zip") as path:
                    _check(client, path, file.name)
    with folder, st.form(f"{PREFIX}/folder", border=False):
        typed = st.text_input("Folder", help="Below a folder that the administrator allows.")
        if st.form_submit_button("Check the folder", type="primary"):
            _check_folder(client, typed)
    if waiting := st.session_state.get(WAITING):
        _decide(client, waiting)


def _check_folder(client: Client, typed: str) -> None:
    try:
        folder = allowed_folder(typed, client.settings)
    except ConvscopeError as error:
        _refused(error)
        return
    _check(client, folder, folder.name)


def _check(client: Client, path: Path, title: str) -> None:
    st.session_state.pop(WAITING, None)
    bar = st.progress(0.0, text="Looking at every picture.")
    try:
        checked = client.datasets.check(path, _watch(bar))
        st.session_state[WAITING] = _Waiting(checked, title)
    except ConvscopeError as error:
        _refused(error)
    finally:
        bar.empty()


def _watch(bar: st.delta_generator.DeltaGenerator) -> Callable[[int, int], None]:
    def show(done: int, total: int) -> None:
        bar.progress(done / total, text=f"Looked at {done:,} of {count(total, 'picture')}.")

    return show


def _refused(error: ConvscopeError) -> None:
    st.error(f"**Not added.** {escape(str(error))}", icon=":material/error:")


def _decide(client: Client, waiting: _Waiting) -> None:
    """The check's report, and the choices that keeping needs."""
    checked = waiting.checked
    st.markdown(f"**What is in {escape(waiting.title)}**")
    left, right = st.columns([3, 2], gap="medium")
    with right:
        name, shares, skip = _choices(checked)
    with left:
        try:
            card = checked.card(shares or Shares())
        except ConvscopeError as error:
            _refused(error)
            return
        found = report(card)
        st.caption(facts_line(card, found))
        counts_table(found)
        show_warnings(warnings(card, found))
        show_unreadable(checked.unreadable, len(checked.left_out))
    with right:
        if st.button("Keep the data set", type="primary", key=f"{PREFIX}/keep"):
            _keep(client, waiting, name, shares, skip)
        if st.button("Discard", key=f"{PREFIX}/discard"):
            del st.session_state[WAITING]
            st.rerun()


def _choices(checked: CheckedSet) -> tuple[str, Shares | None, bool]:
    hint = "Letters, digits, dots, dashes, underscores. Stands for the data set wherever a reference does."
    name = st.text_input("Name", key=f"{PREFIX}/name", help=hint).strip()
    skip = False
    if checked.unreadable:
        number = count(len(checked.unreadable), "unreadable picture")
        skip = st.checkbox(f"Leave out {number}", key=f"{PREFIX}/skip", help="Their names stay on record.")
    came = {picture.split for picture in checked.pictures}
    if "validation" in came:
        return name, None, skip
    usual = Shares()
    st.caption("It came without a validation split, so one is made. Copies of a picture stay together.")
    validation = st.slider("Share for validation", 0.0, 0.5, usual.validation, 0.05, key=f"{PREFIX}/validation")
    test = 0.0
    if came == {""}:
        test = st.slider("Share for testing", 0.0, 0.3, usual.test, 0.05, key=f"{PREFIX}/test")
    seed = st.number_input("Seed of the splits", 0, 2**31 - 1, usual.seed, key=f"{PREFIX}/seed")
    return name, Shares(validation, test, int(seed)), skip


def _keep(client: Client, waiting: _Waiting, name: str, shares: Shares | None, skip: bool) -> None:
    try:
        client.datasets.keep(waiting.checked, name, shares, skip, waiting.title)
    except ConvscopeError as error:
        _refused(error)
        return
    del st.session_state[WAITING]
    st.session_state[ADDED] = name
    remember({"dataset": name, "split": None, "class": None, "picture": None})
    st.rerun()
