"""A button that does something with a run, and leads to the run that comes of it."""

from collections.abc import Callable
from typing import Literal

import streamlit as st

from dashboard.server.connection import get_client
from dashboard.widgets.address import remember
from shared.client import Client


def act_button(
    label: str,
    name: str,
    act: Callable[[Client], object],
    *,
    primary: bool = True,
    leads: bool = True,
    disabled: bool = False,
    help_text: str | None = None,
) -> None:
    """Draw the button; a click acts and draws the page anew.

    Args:
        label: what it says.
        name: its key in the session.
        act: what a click does; where it returns a tuple, its first value is a run's key.
        primary: whether it is the page's main one.
        leads: whether the address names the run that the click made.
        disabled: whether it cannot be clicked.
        help_text: said where the pointer rests.
    """
    kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
    if not st.button(label, key=name, type=kind, disabled=disabled, help=help_text):
        return
    answer = act(get_client())
    if leads and isinstance(answer, tuple):
        remember({"run": answer[0]})
    st.rerun()
