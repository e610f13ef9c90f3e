"""Plans as they go: one bar for all runs, what each is at, cancel and resume as a whole."""

from collections.abc import Sequence

import streamlit as st

from dashboard.runs.notify import notify_button, notify_over
from dashboard.runs.run_list import STATE_TEXTS, run_list
from dashboard.server.connection import explaining_errors, get_client
from dashboard.widgets.address import remember
from dashboard.widgets.errors import show_error
from dashboard.widgets.text import count, escape, time_left
from shared.client import Client, cancel_plan, plan_estimate, resume_plan
from shared.errors import ConvscopeError
from shared.library import Plan
from shared.library.plans.estimate import plan_state
from shared.library.titles import run_title, titles_of
from shared.store import RunRecord

POLL_SECONDS, LISTED = 2.0, 50


def show_plan(name: str) -> None:
    """Draw one plan, about every two seconds until it is over."""
    plan = get_client().library.plans.get(name)
    live = not plan_state(get_client().records.of_plan(plan)).over
    st.fragment(_watch, run_every=POLL_SECONDS if live else None)(plan, live)


def _watch(plan: Plan, was_live: bool) -> None:
    with explaining_errors():
        client = get_client()
        runs = client.records.of_plan(plan)
        state = plan_state(runs)
        if was_live == state.over:
            st.rerun()
        st.subheader(plan_title(plan), anchor=False, divider=False)
        varies = ", ".join(name.replace("_", " ") for name in plan.varied)
        st.caption(f"{count(len(runs), 'run')} · varies {escape(varies)} · by {escape(plan.by)} · plan {plan.id}")
        _bar(client, plan, runs)
        titles, of_key = titles_of(client.library), {run.key: run for run in runs}
        for key, error in state.failures[:3]:
            show_error(error, f"{run_title(of_key[key], titles)} failed.")
        run_list(runs[:LISTED], "plan-runs")
        if len(runs) > LISTED:
            st.caption(f"and {len(runs) - LISTED} more, under Jobs")


def _bar(client: Client, plan: Plan, runs: Sequence[RunRecord]) -> None:
    state = plan_state(runs)
    left, right = st.columns([8, 3], vertical_alignment="center")
    words = ", ".join(f"{number} {STATE_TEXTS[status].lower()}" for status, number in state.counts.items() if number)
    left.progress(state.share, text=f"{words}{_time_left(client, plan, runs)}")
    with right.container(horizontal=True):
        if not state.over:
            notify_button(f"plan-{plan.id}", plan_title(plan))
            if st.button("Cancel all", key="cancel-plan"):
                with explaining_errors():
                    cancel_plan(client, plan)
                    st.rerun()
        elif state.complete < len(plan.runs):
            notify_over(f"plan-{plan.id}", f"{plan_title(plan)}, with runs that failed or were stopped")
            if st.button("Resume", key="resume-plan", type="primary"):
                with explaining_errors():
                    resume_plan(client, plan)
                    st.rerun()
        else:
            notify_over(f"plan-{plan.id}", f"{plan_title(plan)} is complete")


def _time_left(client: Client, plan: Plan, runs: Sequence[RunRecord]) -> str:
    left = [planned for planned, run in zip(plan.runs, runs, strict=True) if not run.over]
    if not left:
        return ""
    try:
        found = plan_estimate(client, [planned.spec() for planned in left])
    except ConvscopeError:
        return ""
    return f" · {time_left(found.seconds)}" if found.seconds is not None else ""


def show_plans() -> None:
    """All plans as a table; a click opens one."""
    client = get_client()
    plans = client.library.plans.all()
    if not plans:
        st.info("No plan yet. A plan asks for one run over several values, such as every layer: open **A new "
                "plan** above.", icon=":material/checklist:")  # fmt: skip
        return
    for plan in plans[:LISTED]:
        state = plan_state(client.records.of_plan(plan))
        what, how, who, act = st.columns([5, 3, 2, 1], vertical_alignment="center")
        what.markdown(escape(plan_title(plan)))
        how.progress(state.share, text=f"{state.complete} of {len(plan.runs)}")
        who.caption(escape(plan.by))
        if act.button("Open", key=f"open-{plan.id}", help=f"Open {escape(plan_title(plan))}"):
            remember({"plan": plan.id}, step=True)
            st.rerun()
    if len(plans) > LISTED:
        st.caption(f"and {len(plans) - LISTED:,} older ones (in a terminal: `convscope plans`)")


def plan_title(plan: Plan) -> str:
    """What a person calls a plan."""
    return plan.title or f"{count(len(plan.runs), 'run')} of {plan.runs[0].kind.replace('_', ' ')}"
