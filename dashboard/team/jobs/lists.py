"""Runs and workers, brought up to date by themselves."""

from collections.abc import Iterator
from itertools import islice

import streamlit as st

from dashboard.page_table import script
from dashboard.runs.run_list import run_list
from dashboard.server.connection import explaining_errors, get_client
from dashboard.widgets.address import arrived, one_of, remember
from dashboard.widgets.errors import show_error
from dashboard.widgets.model_choice import model_title
from dashboard.widgets.text import count, duration, memory
from shared.analyses import KINDS, kind_title
from shared.client import Client
from shared.library.titles import run_title, titles_of
from shared.queue import QUEUES
from shared.store import Listing, RunRecord, WorkerRecord, words_of

STATES = {"All": "", "Live": "live", "Complete": "complete", "Failed": "failed", "Cancelled": "cancelled"}
POLL_SECONDS = 2.0
LISTED = 50
# The pages on which every change is a run.
TRIALS = " and ".join(kind.title for kind in KINDS.values() if kind.trial)


@st.fragment(run_every=POLL_SECONDS)
def show_runs() -> None:
    """One page of the runs that fit the filters, which the address remembers."""
    with explaining_errors():
        listing = get_client().store.runs.listing
        facets, text = choose_runs(listing)
        page = int(st.session_state.get("jobs/page", 1))
        found = listing.find(facets, words_of(text), (page - 1) * LISTED, LISTED)
        _say_refusal()
        if not found.keys:
            _nothing_yet(bool(len(listing)))
            return
        run_list([run for run in get_client().store.runs.get_many(found.keys) if run.kind], "jobs")
        if found.total > LISTED:
            st.caption(count(found.total, "run"))
            st.pagination(-(-found.total // LISTED), key="jobs/page")


@st.fragment(run_every=POLL_SECONDS)
def show_live(limit: int = 6) -> None:
    """What runs or waits now."""
    with explaining_errors():
        live = list(islice((r for r in _newest("live") if not r.over), limit))
        made = (r for r in _newest("complete") if r.status == "complete")
        _say_refusal()
        if runs := live or list(islice(made, limit)):
            st.subheader("Running now" if live else "Recent results", anchor=False)
            run_list(runs, "live")


def _newest(state: str) -> Iterator[RunRecord]:
    unasked = [] if state == "live" else [name for name, kind in KINDS.items() if kind.unasked]
    return get_client().store.runs.newest({"state": state, "trial": "no"}, exclude=unasked)


@st.fragment(run_every=POLL_SECONDS)
def show_workers() -> None:
    """Workers with their device, their memory and what they do."""
    with explaining_errors():
        client = get_client()
        workers = client.store.workers.all()
        if not workers:
            st.warning(
                "No worker has reported within the last ten seconds. Runs that were asked for wait until one is "
                "started (in a terminal: `convscope up`).", icon=":material/power_off:"
            )  # fmt: skip
            return
        names = client.models.names()
        runs = client.store.runs.get_many({w.run for w in workers if w.run})
        titles = titles_of(client.library)
        does = {run.key: run_title(run, titles) for run in runs if run.kind}
        if waiting := sum(client.queue.waiting(queue) for queue in sorted({w.queue for w in workers})):
            st.caption(f"{count(waiting, 'run')} in the queue.{_yours(client)}")
        st.dataframe([_row(w, does, names) for w in workers], hide_index=True, width="stretch", key="workers")


def _yours(client: Client) -> str:
    """How many of the runs are the person's own, of how many they may have."""
    most, me = client.share.most("person_runs"), client.me.address
    mine = {queue: client.store.persons.live_of(me, queue) for queue in QUEUES}
    said = ", ".join(f"{number:,}{f' of {most:,}' if most else ''} {queue}" for queue, number in mine.items() if number)
    return f" Yours, waiting or computing: {said}." if said else ""


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


def _say_refusal() -> None:
    if refusal := st.session_state.pop("refused", None):
        show_error(refusal)


def _nothing_yet(some: bool) -> None:
    if some:
        st.info("No run fits these filters. Remove one.", icon=":material/filter_alt_off:")
        return
    st.info("No runs yet.", icon=":material/inbox:")
    st.page_link(script(""), label="Start with a sample picture", icon=":material/arrow_forward:")


def choose_runs(listing: Listing) -> tuple[dict[str, str], str]:
    """Draw the filters.

    Returns:
        Facets of the listing, and the words that were typed.
    """
    _follow_address()
    search, kind, by = st.columns([3, 2, 2], vertical_alignment="bottom")
    text = search.text_input("Search", key="jobs/text", placeholder="vgg16, block3, mira ...", on_change=_first_page)
    kinds, people = listing.values("kind"), listing.values("by")
    with kind:
        chosen_kind = _one_of("kind", "Kind", kinds, {value: kind_title(value) for value in kinds})
    with by:
        person = _one_of("by", "Asked by", people, {value: value for value in people})
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        state = st.segmented_control("State", list(STATES), key="jobs/state", label_visibility="collapsed",
                                     required=True, on_change=_first_page) or "All"  # fmt: skip
        trials = st.toggle(f"Show runs of {TRIALS}", key="jobs/trials", on_change=_first_page,
                           help="There every change of a control is a run of its own.")  # fmt: skip
    remember({"text": text or None, "state": None if state == "All" else state, "trials": "1" if trials else None,
              "kind": chosen_kind or None, "by": person or None})  # fmt: skip
    facets = {"state": STATES[state], "kind": chosen_kind, "by": person, "trial": "" if trials else "no"}
    return {name: value for name, value in facets.items() if value}, text


def _one_of(name: str, label: str, counts: dict[str, int], titles: dict[str, str]) -> str:
    key = f"jobs/{name}"
    options = ["", *counts]
    if st.session_state.get(key) not in options:
        st.session_state[key] = ""
    return st.selectbox(label, options, key=key, on_change=_first_page,
                        format_func=lambda v: f"{titles[v] or 'somebody'} ({counts[v]:,})" if v else "all")  # fmt: skip


def _follow_address() -> None:
    query, came = st.query_params, arrived("jobs")
    named: dict[str, object] = {name: query.get(name, "") for name in ("text", "kind", "by")}
    named |= {"state": one_of(query.get("state", ""), list(STATES)), "trials": query.get("trials") == "1"}
    for name, value in named.items():
        if came or f"jobs/{name}" not in st.session_state:
            st.session_state[f"jobs/{name}"] = value


def _first_page() -> None:
    st.session_state["jobs/page"] = 1
