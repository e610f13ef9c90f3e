"""What whoever looks has of the installation, beside their share of it, and their largest results to make room."""

from itertools import islice

import streamlit as st

from dashboard.server.connection import get_client
from dashboard.team.storage.view import ask_to_delete
from dashboard.widgets.text import escape, memory
from shared.library.titles import run_title, titles_of
from shared.queue import QUEUES

# Of so many newest results the largest are shown.
LOOKED_AT, SHOWN = 500, 8


def show_share() -> None:
    """Runs, results, files and additions of the person, each with its bound where there is one."""
    client = get_client()
    share, runs, me = client.share, client.store.persons, client.me.address
    most = share.most("person_runs")
    rows = [(f"Runs in the {queue} queue", live, most, str(live), f"{most:,}")
            for queue in QUEUES for live in [runs.live_of(me, queue)]]  # fmt: skip
    for label, used, bound in (
        ("Results in the cache", runs.bytes_of(me), share.most("person_results")),
        ("Files and pinned results", client.library.ledger.kept(me), share.most("person_files")),
        ("Added in 24 hours", client.library.ledger.added(me), share.most("person_uploads")),
    ):
        rows.append((label, used, bound, memory(used), memory(bound)))
    for column, (label, used, bound, shown, whole) in zip(st.columns(len(rows)), rows, strict=True):
        if bound:
            column.progress(min(1.0, used / bound), text=f"{label}: {shown} of {whole}")
        else:
            column.caption(f"{label}: {shown}")


def show_own_results() -> None:
    """The person's largest results in the cache, each with a way to delete it."""
    client, names = get_client(), titles_of(get_client().library)
    sizes = client.store.parts.sizes()
    mine = [run for run in islice(client.store.runs.newest({"by": client.me.address}), LOOKED_AT) if run.over]
    largest = sorted((run for run in mine if sizes.get(run.key)), key=lambda run: -sizes[run.key])[:SHOWN]
    if not largest:
        return
    with st.expander(f"Your largest results: {len(largest)}"):
        for run in largest:
            what, size, act = st.columns([7, 1, 1], vertical_alignment="center")
            title = escape(run_title(run, names))
            what.markdown(f"[{title}](/?run={run.key})  \n:small[{escape(run.key)}]")
            size.caption(memory(sizes[run.key]))
            if act.button("Delete", key=f"delete-own-{run.key}", help=f"Delete {escape(run_title(run, names))}"):
                ask_to_delete(run.key)
