"""What a page sets its controls to reaches the browser, also when the run that set them is broken off.

Streamlit says a value to the browser in the run that sets it, and in no later one. A run that is broken off, by a key
or a click that comes early or by a value that an element sends, leaves what it had not sent yet unsaid: the browser
then shows each such control at its own default, and sends that back with the next click.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

# In the session: page, names and until when what the last run set may be unsaid.
UNSAID, SENT_SECONDS = "address/unsaid", 0.5


@contextmanager
def values_said_again(page: str) -> Iterator[None]:
    """Set anew what the run before set on the same page, where that was broken off or ended a moment ago.

    Args:
        page: its path.
    """
    where, names, until = st.session_state.pop(UNSAID, ("", (), 0.0))
    if where == page and time.monotonic() < until:
        for name in names:
            if name in st.session_state:
                st.session_state[name] = st.session_state[name]
    until = math.inf  # of a run that is broken off nobody knows what was sent
    try:
        yield
        until = time.monotonic() + SENT_SECONDS
    finally:
        st.session_state[UNSAID] = page, _set_in_this_run(), until


def _set_in_this_run() -> tuple[str, ...]:
    """Names in the session that this run has set, and no control or element."""
    context = get_script_run_ctx()
    if context is None:
        return ()
    return tuple(name for name in context.session_state._state._new_session_state if name != UNSAID)
