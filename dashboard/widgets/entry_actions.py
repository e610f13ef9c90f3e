"""Another name for a model, a picture or a data set, and its end, after what uses it was said."""

from collections.abc import Callable

import streamlit as st

from dashboard.server.connection import get_client
from dashboard.widgets.errors import show_error
from dashboard.widgets.text import count, escape
from shared.client import Client, Uses, delete_entry, may_change, rename_entry, uses_of
from shared.errors import ConvscopeError
from shared.library.entries import Sort


def entry_actions(sort: Sort, name: str, gone: Callable[[str], None]) -> None:
    """A fold with both, for whoever may; nothing for others and for what nobody named.

    Args:
        sort: of it.
        name: that somebody gave it.
        gone: called when it has another name, with that, and when it is deleted, with "".
    """
    client = get_client()
    try:
        allowed = may_change(client, sort, name)
    except ConvscopeError:
        return
    if not allowed:
        return
    fold = st.expander(f"Rename or delete {escape(name)}", key=f"entry/{sort}/{name}", on_change="rerun",
                       icon=":material/edit:")  # fmt: skip
    if not fold.open:
        return
    with fold:
        with st.form(f"entry/{sort}/{name}/rename", border=False):
            new = st.text_input("New name", name, help="Letters, digits, dots, dashes, underscores. Results stay.")
            if st.form_submit_button("Rename"):
                _do(lambda: rename_entry(client, sort, name, new), lambda: gone(new.strip()))
        _deletion(client, sort, name, gone)


def _deletion(client: Client, sort: Sort, name: str, gone: Callable[[str], None]) -> None:
    uses = uses_of(client, sort, name)
    st.markdown(_used_by(uses))
    results = bool(uses.runs) and not uses.names and st.checkbox(
        f"Delete {count(len(uses.runs), 'result')} of it, too", key=f"entry/{sort}/{name}/results",
        help="Those that you may delete. Others stay and can be looked at, but not computed again.")  # fmt: skip
    sure = st.checkbox(f"I want to delete the {sort} {escape(name)}", key=f"entry/{sort}/{name}/sure")
    if st.button("Delete", key=f"entry/{sort}/{name}/delete", disabled=not sure, icon=":material/delete:"):
        _do(lambda: delete_entry(client, sort, name, results), lambda: gone(""))


def _used_by(uses: Uses) -> str:
    if not uses.words:
        return "Nothing uses it."
    files = " Its file stays, for the other name." if uses.names else ""
    return f"**Used by** {escape('; '.join(uses.words))}.{files}"


def _do(act: Callable[[], object], done: Callable[[], None]) -> None:
    try:
        act()
    except ConvscopeError as error:
        show_error(str(error))
        return
    done()
    st.rerun()
