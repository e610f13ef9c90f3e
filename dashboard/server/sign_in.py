"""The door: who is at this page, and what somebody sees who may not enter."""

import streamlit as st

from dashboard.server.connection import get_client, signed_in_address
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.text import escape
from shared.library import Person
from shared.library.people import is_admin, may_enter
from shared.settings import get_settings

_place_keeper = browser_element("place_keeper")


def enter() -> None:
    """Let a visit go on to its page, or draw the door and end the visit's script here."""
    settings = get_settings()
    if not settings.sign_in:
        return
    if not st.user.get("is_logged_in"):
        _door()
    elif not may_enter(signed_in_address(), settings):
        _refused()
    else:
        return
    st.stop()


def person() -> Person:
    """Whoever is at this page."""
    settings = get_settings()
    if not settings.sign_in:
        return Person(get_client().person, admin=True)
    address = signed_in_address()
    return Person(address, str(st.user.get("name") or ""), is_admin(address, settings))


def _door() -> None:
    st.header("Sign in to Convscope", anchor=False)
    st.caption("Your team's microscope for convolutional networks. A share link opens without signing in.")
    # The provider sends people back to the start page; the link that they came by is kept until then.
    _place_keeper(key="place-keeper", data={})
    st.button("Sign in", type="primary", on_click=st.login, icon=":material/login:")


def _refused() -> None:
    st.header("You may not enter here yet", anchor=False)
    address = signed_in_address()
    who = (
        f"You signed in as **{escape(address)}**" if address else "Your provider has not confirmed your e-mail address"
    )
    st.warning(f"{who}; this installation lets in the people whom its administrator named. Ask them to add you, or "
               "sign in with another address.", icon=":material/block:")  # fmt: skip
    st.button("Sign out", on_click=st.logout, icon=":material/logout:")
