"""What the team did lately: results, pins, names of channels and notes, by whom."""

import time
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlencode

import streamlit as st

from dashboard.server.connection import explaining_errors, get_client
from dashboard.server.display_name import LONGEST, display_name, keep_name, was_asked
from dashboard.widgets.address import permalink
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.text import duration, escape
from shared.analyses import KINDS
from shared.client import Client
from shared.library.titles import Titles, run_title, thing_title, titles_of
from shared.settings import get_settings
from shared.store import Deed

SHOWN = 10
_keeper = browser_element("name_keeper")


def ask_name() -> None:
    """Ask once what to call whoever is here, where nobody signs in and the installation was not told."""
    settings = get_settings()
    if settings.sign_in or settings.user:
        return
    if was_asked():
        _keeper(key="name-keeper", data={"name": st.session_state.get("display-name", "")})
        return
    with st.form("name", border=True):
        name, save, later = st.columns([6, 1, 1], vertical_alignment="bottom")
        given = name.text_input("What shall colleagues see as your name?", max_chars=LONGEST,
                                help="It stands beside what you compute and write, and is kept in this browser. It "
                                "gives no rights: without sign-in everybody may do everything.")  # fmt: skip
        saved = save.form_submit_button("Save", width="stretch")
        if later.form_submit_button("Not now", width="stretch") or (saved and given.strip()):
            keep_name(given if saved else "")
            st.rerun()


def show_activity() -> None:
    """The newest lines, newest first; nothing where nobody did anything."""
    with explaining_errors():
        lines = sorted(_lines(get_client()), reverse=True)[:SHOWN]
        if not lines:
            return
        st.subheader("Activity", anchor=False)
        now = time.time()
        st.markdown("\n".join(f"- {words} · {duration(max(0.0, now - at))} ago" for at, words in lines))
        if name := display_name():
            st.caption(f"You are {escape(name)}.")


def _lines(client: Client) -> Iterator[tuple[float, str]]:
    titles = titles_of(client.library)
    unasked = [name for name, kind in KINDS.items() if kind.unasked]
    for run in islice(client.store.runs.newest({"state": "complete", "trial": "no"}, exclude=unasked), SHOWN):
        if run.status == "complete":
            title = _link(run_title(run, titles), permalink(run.key))
            yield run.finished_at, f"**{escape(run.by or 'Somebody')}** computed {title}"
    for key in client.results.gallery.find(count=SHOWN).keys:
        if piece := client.results.gallery.get(key):
            title = piece.title or run_title(client.record(key), titles)
            yield piece.at, f"**{escape(piece.by or 'Somebody')}** pinned {_link(title, permalink(key))}"
    for deed in client.store.activity.newest(SHOWN):
        yield deed.at, f"**{escape(deed.by or 'Somebody')}** {_deed_words(client, deed, titles)}"


def _deed_words(client: Client, deed: Deed, titles: Titles) -> str:
    """What was noted or named, with a link to it."""
    about, _, rest = deed.subject.partition(" ")
    if about == "run":
        place, title = permalink(rest), run_title(client.record(rest), titles)
    elif about == "layer":
        model, _, layer = rest.partition(" ")
        title = f"channel {deed.channel} of {layer}, {thing_title(model, titles, 'model')}"
        place = "/channel?" + urlencode({"model": model, "layer": layer, "channel": deed.channel})
    else:
        place, title = "/models?" + urlencode({"model": rest}), thing_title(rest, titles, "model")
    if deed.name == "-":
        return f"took the name of {_link(title, place)} away"
    if deed.name:
        return f"called {_link(title, place)} **{escape(deed.name)}**"
    return f"wrote a note on {_link(title, place)}"


def _link(words: str, place: str) -> str:
    """A link of ours; what people wrote in its words stays text."""
    return f"[{escape(words)}](.{place})"
