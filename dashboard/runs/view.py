"""Submit, watch, cancel, retry: once, for every page that shows a run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import streamlit as st

from dashboard.runs.live_bar import live_bar
from dashboard.runs.notify import bell, ring
from dashboard.server.connection import explaining_errors, get_client
from dashboard.server.live_state import outlook
from dashboard.widgets.address import remember
from dashboard.widgets.text import count, escape
from shared.analyses import JobSpec
from shared.client import Client
from shared.store import RunRecord

# Without a bar that asks: of a run whose worker vanished, and to be sure of one whose bar fell silent.
LOST_SECONDS, SURE_SECONDS = 2.0, 60.0


@dataclass(frozen=True)
class View:
    """How a page draws a run.

    Attributes:
        noun: what the run makes ("atlas").
        part: what one part is ("tile").
        head: draws the line above everything.
        draw: draws the parts that are there; called when there are some, or some will come.
        plan: how much there is to do, said before it is asked for.
        ask: what the button that asks for it says; "Make the <noun>" by default.
        leads: whether the address names the run once somebody asks for it; not so for a second run on a page.
    """

    noun: str
    part: str
    head: Callable[[RunRecord], None]
    draw: Callable[[RunRecord], None]
    plan: str = ""
    ask: str = ""
    leads: bool = True


def show(key: str, spec: JobSpec | None, view: View) -> None:
    """Draw a run, and keep drawing it until it is over.

    While it waits or runs, the bar in the browser asks how far it is, and has it drawn when there is something new.

    Args:
        key: the run.
        spec: what to compute when it does not exist; None offers nothing.
        view: how the page draws it.
    """
    every = _every(get_client().record(key))
    st.fragment(_watch, run_every=every)(key, spec, view, every)


def _every(run: RunRecord) -> float | None:
    """Seconds between two looks of the fragment's own; None when nothing will happen by itself."""
    if run.over:
        return None
    return LOST_SECONDS if run.status == "lost" else SURE_SECONDS


def _watch(key: str, spec: JobSpec | None, view: View, every: float | None) -> None:
    with explaining_errors():
        run = get_client().record(key)
        if _every(run) != every:
            st.rerun()  # it ended, or somebody began it: how often to look is set with the page
        if run.kind or spec is not None:
            view.head(run if run.kind or spec is None else _imagined(run, spec))
        with st.container():  # one place whatever it holds: what is drawn below it stays mounted when a run ends
            STATES[run.status](run, spec, view)
        if run.status != "absent" and (run.done or not run.over):
            view.draw(run)


def _imagined(run: RunRecord, spec: JobSpec) -> RunRecord:
    """What the record of a run will say once somebody asks for it."""
    return replace(run, kind=spec.kind, fields=spec.model_dump(mode="json"))


def _absent(run: RunRecord, spec: JobSpec | None, view: View) -> None:
    if run.kind:
        st.info(f"This {view.noun} has left the cache. Its settings are kept, so it can be computed again.",
                icon=":material/history:")  # fmt: skip
        _again(run, f"Recompute the {view.noun}", "compute", view)
    elif spec is not None:
        with st.container(border=True):
            st.markdown(f"**Not computed yet.** {escape(view.plan)}")
            st.caption(outlook(get_client(), spec.queue))
            _button(view.ask or f"Make the {view.noun}", "compute", lambda c: c.submit(spec), leads=view.leads)
    else:
        st.warning("There is no run under this link. Choose on the left what to look at, or see what there is "
                   "under Jobs.", icon=":material/link_off:")  # fmt: skip
        st.code(run.key, language=None)


def _live(run: RunRecord, _spec: JobSpec | None, view: View) -> None:
    left, right = st.columns([4, 1], vertical_alignment="center")
    with left:
        live_bar(run, view.part)
    with right.container(horizontal=True, horizontal_alignment="right"):
        bell(run.key, view.noun)
        _button("Cancel", "cancel", lambda c: c.cancel(run.key), primary=False, disabled=run.cancelling)


def _lost(run: RunRecord, _spec: JobSpec | None, view: View) -> None:
    st.warning(f"The worker vanished; recovering. Finished {view.part}s are kept, and a new worker goes on by "
               "itself within seconds. If it does not, Retry.", icon=":material/sync_problem:")  # fmt: skip
    _again(run, "Retry", "retry", view)


def _failed(run: RunRecord, _spec: JobSpec | None, view: View) -> None:
    st.error(f"**The {view.noun} failed.** {escape(run.error)}", icon=":material/error:")
    ring(run.key, f"the {view.noun} failed")
    _again(run, "Retry", "retry", view)


def _cancelled(run: RunRecord, _spec: JobSpec | None, view: View) -> None:
    made = f"{run.done} of {count(run.total, view.part)}" if run.total else "before it began"
    st.info(f"Cancelled: {made}. Retry makes what is missing.", icon=":material/cancel:")
    _again(run, "Retry", "retry", view)


def _again(run: RunRecord, label: str, name: str, view: View) -> None:
    """Offer to compute a run again, which may lead to another one."""
    if run.outdated:
        st.caption("An earlier release made this. It is computed anew by this one, at an address of its own, and may "
                   "come out differently.")  # fmt: skip
    _button(label, name, lambda c: c.retry(run.key), leads=view.leads)


def _complete(run: RunRecord, _spec: JobSpec | None, view: View) -> None:
    """The picture speaks; who asked to be told is told."""
    ring(run.key, f"the {view.noun} is complete")
    if run.outdated:
        _again(run, f"Recompute the {view.noun}", "compute", view)


STATES = {
    "absent": _absent,
    "queued": _live,
    "running": _live,
    "lost": _lost,
    "failed": _failed,
    "cancelled": _cancelled,
    "complete": _complete,
}


def _button(
    label: str,
    name: str,
    act: Callable[[Client], object],
    *,
    primary: bool = True,
    leads: bool = True,
    disabled: bool = False,
    width: Literal["content", "stretch"] = "content",
) -> None:
    kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
    if not st.button(label, key=name, type=kind, disabled=disabled, width=width):
        return
    answer = act(get_client())
    if leads and isinstance(answer, tuple):
        remember({"run": answer[0]})
    st.rerun()
