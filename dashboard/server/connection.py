"""The one client of this process, and what a page says while the store is away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.server.display_name import display_name
from dashboard.widgets.errors import error_markdown, show_error
from dashboard.widgets.text import escape
from shared.client import Client
from shared.errors import ConvscopeError, StoreUnavailable
from shared.library.people import confirmed_address
from shared.settings import Settings, get_settings

RETRY_SECONDS = 2.0


@lru_cache(maxsize=2)
def _open(settings: Settings) -> Client:
    return Client(settings)


def get_client() -> Client:
    """The client that pages and routes share; opened at the first call that finds a server.

    On a page of somebody who signed in, it asks in their name; without sign-in in the name that they gave.

    Raises:
        StoreUnavailable: no server was ever found; nothing is kept, so the next call looks again.
    """
    settings = get_settings()
    client = _open(settings)
    name = signed_in_address() if settings.sign_in else display_name()
    return client.acting_as(name) if name else client


def signed_in_address() -> str:
    """E-mail address of whoever signed in on this page, in lower case; "" for nobody, and outside of pages.

    An address of which its provider does not say that it is confirmed is nobody's.
    """
    if get_script_run_ctx(suppress_warning=True) is None or not st.user.get("is_logged_in"):
        return ""
    return confirmed_address(st.user, get_settings())


def check_store() -> None:
    """Ask the store whether it is there, before a page draws half of itself, and say what else goes wrong.

    Raises:
        StoreUnavailable: when it is not.
    """
    for trouble in get_client().store.troubles.all():
        text = f"**Something needs a look on {escape(trouble.where)}.** {error_markdown(trouble.text)}"
        st.warning(text, icon=":material/build:")


@contextmanager
def explaining_errors(say_unreachable: Callable[[StoreUnavailable], None] | None = None) -> Iterator[None]:
    """Turn the project's errors into a message on the page; whatever comes after it on the page is left out.

    Args:
        say_unreachable: what to say when the store is away; by default the banner.
    """
    try:
        yield
    except StoreUnavailable as error:
        (say_unreachable or unreachable)(error)
    except ConvscopeError as error:
        show_error(str(error))


def unreachable(error: StoreUnavailable) -> None:
    """A banner that asks again by itself and brings the page back."""
    st.warning(
        f"**Store unreachable.** {error_markdown(str(error))} Trying again every {RETRY_SECONDS:.0f} seconds.",
        icon=":material/cloud_off:",
    )
    _ask_again()


def unreachable_in_short(_: StoreUnavailable) -> None:
    """For a part of a page that polls anyway, beside one that shows the banner."""
    st.caption(":material/cloud_off: Waiting for the store.")


@st.fragment(run_every=RETRY_SECONDS)
def _ask_again() -> None:
    try:
        get_client().store.ping()
    except StoreUnavailable:
        return
    st.rerun()
