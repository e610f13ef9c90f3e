"""A button beside a progress bar: the browser says when what is watched is over, also from another tab."""

import streamlit as st

from dashboard.widgets.browser_elements import browser_element

_element = browser_element("notify")


def notify_button(name: str, title: str) -> None:
    """Draw it beside what goes on; the browser remembers by the name what it was asked for."""
    st.session_state[_watched(name)] = True
    _element(key=f"notify-{name}", data={"name": name, "title": title, "live": True})


def notify_over(name: str, said: str) -> None:
    """Have the browser say that it is over, where this page saw it going on and somebody asked for it."""
    if st.session_state.get(_watched(name)):
        _element(key=f"notify-{name}", data={"name": name, "title": said, "live": False})


def _watched(name: str) -> str:
    return f"notify/{name}"
