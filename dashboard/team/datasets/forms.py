"""Adding a data set: look through it, show what was found, ask what to do about it, keep it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard.server.connection import get_client
from dashboard.widgets.address import remember
from dashboard.widgets.dataset_report import (
    counts_table,
    facts_line,
    show_notes,
    show_unreadable,
    show_warnings,
    warnings,
)
from dashboard.widgets.errors import show_error
from dashboard.widgets.text import count, escape
from dashboard.widgets.uploaded_files import on_disk
from shared.client import Client
from shared.errors import ConvscopeError
from shared.library.additions import adding
from shared.library.datasets.check import CheckedSet
from shared.library.datasets.report import report
from shared.library.datasets.splits import Shares
from shared.settings import MEGABYTE
from shared.uploads.data_sets import allowed_folder
from shared.uploads.targets import Labelling

PREFIX = "dataset-add"
WAITING, ADDED = f"{PREFIX}/checked", "datasets/added"
# What is to be looked through, until that is done: another click on the page interrupts a check, and a button is
# pressed for one run of the script only. The next run finds the wish here and begins again.
ASKED, REFUSED, UPLOADS = f"{PREFIX}/asked", f"{PREFIX}/refused", f"{PREFIX}/uploads"
SOURCE, KIND, TRANSPARENCY = f"{PREFIX}/source", f"{PREFIX}/kind", f"{PREFIX}/transparency"
SOURCE_TITLES = {
    "": "Look by itself",
    "folders": "Folders",
    "table": "A table",
    "names": "File names",
    "masks": "Masks",
}
KIND_TITLES = {"": "Look by itself", "classes": "Are classes", "numbers": "Are predicted as numbers"}
ZIP, FOLDER = f"{PREFIX}/zip", f"{PREFIX}/folder"


@dataclass
class _Waiting:
    """A data set that was looked through and waits for a decision."""

    checked: CheckedSet
    title: str


def add_dataset_form() -> None:
    """Draw the way in, and what was found on it."""
    client = get_client()
    _labelling_choice()
    upload, folder = st.tabs(["Upload a zip", "A folder on the server"])
    with upload:
        _zip_form(client)
    with folder:
        _folder_form(client)
    if refusal := st.session_state.get(REFUSED):
        show_error(refusal, "Not added.", paths=True)
    if waiting := st.session_state.get(WAITING):
        _decide(client, waiting)


def _labelling_choice() -> None:
    """Where targets stand, for what could be read in two ways; what was chosen is looked through again."""
    left, right = st.columns(2)
    left.selectbox("Targets from", list(SOURCE_TITLES), key=SOURCE, format_func=lambda s: SOURCE_TITLES[s],
                   on_change=_ask_again,
                   help="A table is a CSV with a column of files and one or more of classes or numbers.")  # fmt: skip
    right.selectbox("Numbers in a table", list(KIND_TITLES), key=KIND, format_func=lambda s: KIND_TITLES[s],
                    on_change=_ask_again)  # fmt: skip
    st.checkbox("Keep transparency as a fourth band", key=TRANSPARENCY, on_change=_ask_again,
                help="For networks that take RGBA. Else transparent places become white.")  # fmt: skip


def _ask_again() -> None:
    upload = f"{ZIP}-{st.session_state.get(UPLOADS, 0)}"
    if st.session_state.get(upload) is not None:
        _ask(ZIP, upload)
    elif st.session_state.get(FOLDER):
        _ask(FOLDER, FOLDER)


def _labelling() -> Labelling:
    return Labelling(st.session_state.get(SOURCE, ""), st.session_state.get(KIND, ""))


def _zip_form(client: Client) -> None:
    """An upload, looked through as soon as it is here."""
    # A new key is an empty element: after a decision the way in is free again.
    key = f"{ZIP}-{st.session_state.get(UPLOADS, 0)}"
    hint = (
        "cats/1.jpg, dogs/2.jpg ..., or train, validation and test above such folders; pictures with a CSV; images and "
        "masks."
    )
    file = st.file_uploader("Zip of pictures", type=["zip"], key=key, on_change=_ask, args=(ZIP, key), help=hint,
                            max_upload_size=max(1, client.settings.max_dataset_upload // MEGABYTE))  # fmt: skip
    if file is not None and st.session_state.get(ASKED) == ZIP:
        with on_disk(file) as path:
            _check(client, path, file.name)


def _folder_form(client: Client) -> None:
    with st.form(f"{FOLDER}-form", border=False):
        typed = st.text_input("Folder", key=FOLDER, help="Below a folder that the administrator allows.")
        st.form_submit_button("Check the folder", type="primary", on_click=_ask, args=(FOLDER, FOLDER))
    if st.session_state.get(ASKED) != FOLDER:
        return
    try:
        folder = allowed_folder(typed, client.settings)
    except ConvscopeError as error:
        _answered(str(error))
    else:
        _check(client, folder, folder.name)


def _ask(what: str, key: str) -> None:
    """Called before the script runs: what was found before goes; an upload that was taken away asks for nothing."""
    _answered("")
    st.session_state.pop(WAITING, None)
    if what == FOLDER or st.session_state[key] is not None:
        st.session_state[ASKED] = what


def _answered(refusal: str) -> None:
    st.session_state.pop(ASKED, None)
    st.session_state[REFUSED] = refusal


def _check(client: Client, path: Path, title: str) -> None:
    bar = st.progress(0.0, text="Looking at every picture.")
    try:
        transparency = bool(st.session_state.get(TRANSPARENCY))
        checked = client.datasets.check(path, _watch(bar), _labelling(), transparency=transparency)
        st.session_state[WAITING] = _Waiting(checked, title)
        _answered("")
    except ConvscopeError as error:
        _answered(str(error))
    finally:
        bar.empty()


def _watch(bar: st.delta_generator.DeltaGenerator) -> Callable[[int, int], None]:
    def show(done: int, total: int) -> None:
        bar.progress(done / total, text=f"Looked at {done:,} of {count(total, 'picture')}.")

    return show


def _refused(error: ConvscopeError) -> None:
    show_error(str(error), "Not added.")


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
        show_warnings(warnings(card, found), card.kind == "classes")
        show_notes(card)
        show_unreadable(checked.unreadable, len(checked.left_out))
    with right:
        if st.button("Keep the data set", type="primary", key=f"{PREFIX}/keep"):
            _keep(client, waiting, name, shares, skip)
        if st.button("Discard", key=f"{PREFIX}/discard"):
            _decided()
            st.rerun()


def _choices(checked: CheckedSet) -> tuple[str, Shares | None, bool]:
    hint = "Letters, digits, dots, dashes, underscores. It names the data set in lists, links and commands."
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
        with adding(client.library, client.me, "data set", name, size=waiting.checked.size):
            client.datasets.keep(waiting.checked, name, shares, skip, waiting.title)
    except ConvscopeError as error:
        _refused(error)
        return
    _decided()
    st.session_state[ADDED] = name
    remember({"dataset": name, "split": None, "class": None, "picture": None}, step=True)
    st.rerun()


def _decided() -> None:
    del st.session_state[WAITING]
    st.session_state[UPLOADS] = st.session_state.get(UPLOADS, 0) + 1
