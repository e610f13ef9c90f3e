"""The address of a page: what it shows, so that the link alone brings a colleague to the same view."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.page_table import page_of_run, script

CHOSEN, RECENT_SECONDS = "view/chosen", 2.0
# Marks an address that is no step of its own, with the page it is of: widgets/web/steps.js takes it out and writes over
# the entry before it. In the session: the page.
QUIET, PAGE = "_", "address/page"
# Names the page that there is not, when an address led Home instead; set by dashboard/server/middleware.py.
UNKNOWN = "unknown"
# Parameters that say how one looks at a place, not where it is: Back passes over their changes.
WAYS_TO_LOOK = frozenset({"sort", "tiles", "opacity", "threshold", "colour", "scale", "box", "values", "smooth",
                          "numbers", "bands"})  # fmt: skip
# In the session: how often somebody arrived by Back, Forward or a link, and what has read the address since.
ARRIVALS, ARRIVED = "address/arrivals", "address/arrived"


def remember(changes: Mapping[str, str | None], *, step: bool = False) -> None:
    """Write parameters into the address, all at once; None takes one out. What is right already is left alone.

    Args:
        changes: names to values.
        step: whether a person went somewhere, so that Back leads to what the address said before. Without it the
            entry in the browser's history is written over.
    """
    before = {name: value for name, value in st.query_params.items() if name != QUIET}
    after = {name: value for name, value in {**before, **changes}.items() if value is not None}
    if after != before:
        st.query_params.from_dict(after if step else {**after, QUIET: st.session_state.get(PAGE, "")})


def note_arrival(page: str) -> None:
    """Called first in every run of a page: notes which it is, and that somebody arrived by Back, Forward or a link.

    Args:
        page: its path.
    """
    st.session_state[PAGE] = page
    context = get_script_run_ctx()
    if context is not None and context.is_history_navigation:
        st.session_state[ARRIVALS] = st.session_state.get(ARRIVALS, 0) + 1
        st.session_state.pop(CHOSEN, None)


def go_to(fields: Mapping[str, str]) -> None:
    """Another address of the same page, read by its controls; to be called before they are drawn, as callbacks are."""
    remember({**dict.fromkeys(st.query_params), **fields}, step=True)
    st.session_state[ARRIVALS] = st.session_state.get(ARRIVALS, 0) + 1


def arrived(reader: str) -> bool:
    """Whether the address holds, whatever the session says: once for each control after each arrival.

    Args:
        reader: key of the control that reads the address.
    """
    seen: dict[str, int] = st.session_state.setdefault(ARRIVED, {})
    now = st.session_state.get(ARRIVALS, 0)
    before, seen[reader] = seen.get(reader, 0), now
    return before != now


def remember_choice(name: str, value: str) -> None:
    """Write what was just chosen in the browser into the address; "" takes it out.

    A browser sends its address with every change. Of two changes in quick succession the second comes with an address
    that has not heard of the first, so what was chosen moments ago is written again.
    """
    now = time.monotonic()
    kept: dict[str, tuple[str, float]] = st.session_state.get(CHOSEN, {})
    recent = {n: (v, at) for n, (v, at) in kept.items() if now - at < RECENT_SECONDS} | {name: (value, now)}
    st.session_state[CHOSEN] = recent
    remember({n: v or None for n, (v, _) in recent.items()}, step=name not in WAYS_TO_LOOK)


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
    if arrived(key) or st.session_state.get(key) not in options:
        st.session_state[key] = one_of(st.query_params.get(name, ""), options)
    chosen = str(draw())
    remember({name: None if chosen == options[0] else chosen}, step=True)
    return chosen


def permalink(key: str, **more: str | None) -> str:
    """Path and query of a run's view."""
    return "/?" + urlencode({"run": key, **{name: value for name, value in more.items() if value}})


def open_run(key: str) -> NoReturn:
    """Go to the page that shows a run."""
    page = page_of_run(key)
    st.switch_page(page.file if page else script("jobs"), query_params={"run": key})


def follow_permalink(path: str) -> None:
    """When the address names a run of another page than this one, go to the page of its kind, with all else kept.

    Args:
        path: of the page that the address leads to.
    """
    page = page_of_run(st.query_params.get("run", ""))
    if page is not None and page.path != path:
        st.switch_page(page.file, query_params={n: v for n, v in st.query_params.items() if n != QUIET})


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
