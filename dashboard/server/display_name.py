"""What people call themselves where nobody signs in: a cookie of their browser, asked for once.

It stands beside what they ask for and write. It is whatever a browser sends, so it is never a reason to let somebody do
something: without sign-in everybody may do everything.
"""

from urllib.parse import unquote

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

COOKIE, LONGEST = "convscope_name", 40
_KEY = "display-name"
# The cookie of somebody who would rather not be asked again.
NOBODY = "-"


def display_name() -> str:
    """The name of whoever is at this page; "" for none, and outside of pages."""
    name = _said()
    return "" if name == NOBODY else name


def was_asked() -> bool:
    """Whether whoever is at this page gave a name, or would rather not."""
    return bool(_said())


def keep_name(name: str) -> None:
    """Have a name hold for this visit; the page's element keeps it in the browser."""
    st.session_state[_KEY] = clean_name(name) or NOBODY


def _said() -> str:
    if get_script_run_ctx(suppress_warning=True) is None:
        return ""
    return str(st.session_state.get(_KEY, "")) or clean_name(unquote(st.context.cookies.get(COOKIE, "")))


def clean_name(name: str) -> str:
    """On one line, of letters that can be seen, and short."""
    return " ".join("".join(letter for letter in name if letter.isprintable()).split())[:LONGEST].strip()
