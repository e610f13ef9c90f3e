"""Runs and workers, brought up to date by themselves."""

import streamlit as st

from dashboard.connection import explaining_errors, get_client
from dashboard.model_choice import model_title
from dashboard.plain_text import duration, escape, memory
from dashboard.run_list import STATE_TEXTS, run_list, run_title
from dashboard.view_state import remember
from shared.store import WorkerRecord

POLL_SECONDS = 2.0
LISTED = 100
TRIALS = ("playground",)
GROUPS = {
    "All": tuple(STATE_TEXTS),
    "Live": ("running", "queued", "lost"),
    "Complete": ("complete",),
    "Failed or cancelled": ("failed", "cancelled"),
}


@st.fragment(run_every=POLL_SECONDS)
def show_runs() -> None:
    """All runs, with a choice of states that the address remembers."""
    with explaining_errors():
        group, hidden = _choose_group(), _choose_hidden()
        runs = [r for r in get_client().store.runs.recent(LISTED, but=hidden) if r.status in GROUPS[group]]
        _say_refusal()
        if runs:
            run_list(runs, "jobs")
        elif group == "All":
            _nothing_yet()
        else:
            st.info("No run is in this state.", icon=":material/inbox:")


@st.fragment(run_every=POLL_SECONDS)
def show_live(limit: int = 6) -> None:
    """What runs or waits now."""
    with explaining_errors():
        recent = get_client().store.runs.recent(LISTED, but=TRIALS)
        live = [r for r in recent if not r.over]
        _say_refusal()
        runs = (live or [r for r in recent if r.status == "complete" and r.kind != "inspect_model"])[:limit]
        if runs:
            st.subheader("Running now" if live else "Made lately", anchor=False)
            run_list(runs, "live")


@st.fragment(run_every=POLL_SECONDS)
def show_workers() -> None:
    """Workers with their device, their memory and what they do."""
    with explaining_errors():
        client = get_client()
        workers = client.store.workers.all()
        if not workers:
            st.warning("No worker has reported within the last ten seconds. Start one with `convscope up`; runs "
                       "that were asked for wait for it.", icon=":material/power_off:")  # fmt: skip
            return
        names = client.models.names()
        runs = client.store.runs.get_many({w.run for w in workers if w.run})
        does = {run.key: run_title(run, names) for run in runs if run.kind}
        st.dataframe([_row(w, does, names) for w in workers], hide_index=True, width="stretch", key="workers")


def _row(worker: WorkerRecord, titles: dict[str, str], names: dict[str, str]) -> dict[str, str]:
    state = {"warming": "Warming up", "idle": "Idle", "busy": "Busy"}.get(worker.state, worker.state)
    does = titles.get(worker.run, state)
    now = worker.seen_at
    return {
        "Queue": worker.queue,
        "Does": does,
        "Device": worker.device or "not known yet",
        "Memory": memory(worker.memory) if worker.memory else "",
        "Fast in": ", ".join(worker.precisions),
        "Warm models": ", ".join(model_title(m, names) for m in worker.models),
        "Host": f"{worker.host}:{worker.pid}",
        "Up for": duration(max(0.0, now - worker.started_at)) if worker.started_at else "",
    }


def _choose_group() -> str:
    wanted = st.query_params.get("state", "All")
    st.session_state.setdefault("jobs/state", wanted if wanted in GROUPS else "All")
    chosen = st.segmented_control("State", list(GROUPS), key="jobs/state", label_visibility="collapsed", required=True)
    group = chosen or "All"
    remember({"state": None if group == "All" else group})
    return group


def _choose_hidden() -> tuple[str, ...]:
    """Kinds that are left out: every touch of a control in the playground is a run, and would bury the others."""
    st.session_state.setdefault("jobs/trials", st.query_params.get("trials") == "1")
    shown = st.toggle(
        "Show playground runs", key="jobs/trials", help="Every changed control there is a run of its own."
    )
    remember({"trials": "1" if shown else None})
    return () if shown else TRIALS


def _say_refusal() -> None:
    if refusal := st.session_state.pop("refused", None):
        st.error(escape(refusal), icon=":material/error:")


def _nothing_yet() -> None:
    st.info("Nobody has asked for anything yet.", icon=":material/inbox:")
    st.page_link("home.py", label="Start with a sample picture", icon=":material/arrow_forward:")
