"""Notes beside a channel, a model or a result: what people wrote, and a form to add to it."""

from datetime import datetime

import streamlit as st

from dashboard.server.connection import explaining_errors, get_client
from dashboard.server.sign_in import person
from dashboard.widgets.text import escape
from shared.library import Note
from shared.library.notes import LONGEST_NAME, LONGEST_TEXT, layer_subject


def notes_fold(subject: str, channel: int | None = None) -> None:
    """A fold with the notes of a subject; open where there are some.

    Args:
        subject: see shared.library.notes.
        channel: of a layer: its notes alone, and a field for its name.
    """
    notes = get_client().library.notes.of(subject, channel)
    title = f"Notes · {len(notes)}" if notes else "Notes"
    fold = st.expander(title, key=f"notes/{subject}/{channel}", on_change="rerun", icon=":material/edit_note:",
                       expanded=bool(notes))  # fmt: skip
    if fold.open:
        with fold:
            _draw(subject, channel, notes)


def channel_name(model: str, layer: str, channel: int) -> str:
    """What people call a channel; "" for no name."""
    return get_client().library.notes.channel_names(model, layer).get(channel, "")


def layer_channel_names(model: str, layer: str) -> dict[int, str]:
    """What people call the channels of a layer, by number."""
    return get_client().library.notes.channel_names(model, layer)


def named_channel(model: str, layer: str, channel: int) -> str:
    """ "channel 12", with its name where it has one."""
    name = channel_name(model, layer, channel)
    return f"channel {channel} · {name}" if name else f"channel {channel}"


def channel_notes(model: str, layer: str, channel: int) -> None:
    """The notes of one channel, with its name."""
    notes_fold(layer_subject(model, layer), channel)


def _draw(subject: str, channel: int | None, notes: list[Note]) -> None:
    me = person()
    for note in notes:
        _show(subject, note, mine=me.admin or note.by == me.address)
    if not notes:
        st.caption("No notes yet. Everybody who opens this page sees what you write.")
    with st.form(f"note/{subject}/{channel}", border=False, clear_on_submit=True):
        name = ""
        if channel is not None:
            hint = "The name stands wherever the channel does. A single - takes it away."
            name = st.text_input(
                "Name this channel", max_chars=LONGEST_NAME, help=hint, placeholder="curve detector, left"
            )
        text = st.text_area("Note", max_chars=LONGEST_TEXT, height=80, placeholder="Plain text")
        if st.form_submit_button("Add the note"):
            _add(subject, text, -1 if channel is None else channel, name)


def _add(subject: str, text: str, channel: int, name: str) -> None:
    client = get_client()
    with explaining_errors():
        client.library.notes.add(subject, client.person, text, channel, name)
        client.store.activity.add(client.person, "name" if name else "note", subject, channel, name)
        st.rerun()


def _show(subject: str, note: Note, mine: bool) -> None:
    left, right = st.columns([12, 1], vertical_alignment="top")
    with left:
        said = " took the name away" if note.name == "-" else f" called it **{escape(note.name)}**" if note.name else ""
        st.caption(f"{escape(note.by)}{said} · {datetime.fromtimestamp(note.at):%d %b %Y, %H:%M}")
        if note.text:
            st.text(note.text)
    if mine and right.button("", key=f"take-back-{note.id}", icon=":material/close:", type="tertiary",
                             help="Take this note back", width="content"):  # fmt: skip
        with explaining_errors():
            get_client().take_note_back(subject, note.id)
            st.rerun()
