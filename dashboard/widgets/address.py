"""The address of a page: what it shows, so that the link alone brings a colleague to the same view."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn
from urllib.parse import urlencode

import streamlit as st

from dashboard.page_table import page_of_run, script

CHOSEN, RECENT_SECONDS = "view/chosen", 2.0


def remember(changes: Mapping[str, str | None]) -> None:
    """Write parameters into the address; None takes one out. What is right already is left alone."""
    for name, value in changes.items():
        if value is None:
            if name in st.query_params:
                del st.query_params[name]
        elif st.query_params.get(name) != value:
            st.query_params[name] = value


def remember_choice(name: str, value: str) -> None:
    """Write what was just chosen in the browser into the address; "" takes it out.

    A browser sends its address with every change. Of two changes in quick succession the second comes with an address
    that has not heard of the first, so what was chosen moments ago is written again.
    """
    now = time.monotonic()
    kept: dict[str, tuple[str, float]] = st.session_state.get(CHOSEN, {})
    recent = {n: (v, at) for n, (v, at) in kept.items() if now - at < RECENT_SECONDS} | {name: (value, now)}
    st.session_state[CHOSEN] = recent
    remember({n: v or None for n, (v, _) in recent.items()})


def keep_choice(key: str, state: str, name: str = "") -> Callable[[], None]:
    """A callback for an element that is drawn in the browser: what was chosen on it goes into the address.

    Args:
        key: of the element.
        state: of the element, as its script sets it.
        name: of the parameter; the state's by default.
    """

    def keep() -> None:
        value = st.session_state[key].get(state)
        if value is not None:
            remember_choice(name or state, str(value))

    return keep


def keep_choices(key: str, *states: str, **named: str) -> dict[str, Callable[[], None]]:
    """Callbacks of an element, see keep_choice(): of states whose parameters are called alike, then of `named` ones."""
    names = {state: state for state in states} | named
    return {f"on_{state}_change": keep_choice(key, state, name) for state, name in names.items()}


def one_of(value: str, known: Sequence[str]) -> str:
    """What the address says, if that is one of the known values; the first one else."""
    return value if value in known else known[0]


def choose_kept(name: str, key: str, options: Sequence[str], draw: Callable[[], str | None]) -> str:
    """A control of one of some options that stands in the address as long as it is not the first."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = one_of(st.query_params.get(name, ""), options)
    chosen = str(draw())
    remember({name: None if chosen == options[0] else chosen})
    return chosen


def permalink(key: str, **more: str | None) -> str:
    """Path and query of a run's view."""
    return "/?" + urlencode({"run": key, **{name: value for name, value in more.items() if value}})


def open_run(key: str) -> NoReturn:
    """Go to the page that shows a run."""
    page = page_of_run(key)
    st.switch_page(page.file if page else script("jobs"), query_params={"run": key})


def follow_permalink() -> None:
    """On the page one arrives on: when the address names a run, go to the page of its kind, with all else kept."""
    page = page_of_run(st.query_params.get("run", ""))
    if page is not None:
        st.switch_page(page.file, query_params=st.query_params.to_dict())


# Stands in for a required field where an address names none, for a spec cannot be without one.
NONE = "-"


def channel_url(model: str, layer: str, channel: int, **more: str | None) -> str:
    """Path and query of a channel's page.

    Args:
        model: reference or name.
        layer: its path.
        channel: of the layer.
        more: further parameters of the page: `mode`, `lens`, `run`; what is empty is left out.
    """
    given = {"model": model, "layer": layer, "channel": channel, **{n: v for n, v in more.items() if v}}
    return "/channel?" + urlencode(given)
