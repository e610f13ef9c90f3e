"""Runs as a table: what, state, progress, age, who asked, and what can be done about each."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.server.addresses import run_thumbnail_url
from dashboard.server.connection import get_client
from dashboard.widgets.address import permalink
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.errors import error_line
from dashboard.widgets.text import count, duration, time_left
from shared.analyses import KINDS
from shared.client import Client
from shared.errors import ConvscopeError, retry_helps
from shared.library.titles import Titles, made_words, run_title, titles_of
from shared.store import RunRecord

COLUMNS = ("", "Run", "State", "Progress", "Age", "Asked by", "")
STATE_TEXTS = {
    "complete": "Complete",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "running": "Running",
    "cancelling": "Stopping",
    "queued": "Waiting",
    "lost": "Worker lost",
    "absent": "Left the cache",
}
_element = browser_element("run_list")


def run_list(runs: Sequence[RunRecord], key: str) -> None:
    """Draw a table of runs whose cancel and retry buttons work."""
    titles = titles_of(get_client().library)
    rows = [run_row(run, titles) for run in runs]
    data = {"columns": COLUMNS, "runs": rows}
    _element(key=key, data=data, on_act_change=lambda: _act(key))


def run_row(run: RunRecord, titles: Titles) -> dict[str, Any]:
    """One row, as JSON values."""
    state = "cancelling" if run.cancelling and run.status == "running" else run.status
    return {
        "key": run.key,
        "link": permalink(run.key),
        "title": run_title(run, titles),
        "picture": run_thumbnail_url(run) if run.status == "complete" else "",
        "detail": _detail(run),
        "state": state,
        "state_text": STATE_TEXTS[state],
        "progress": _progress(run),
        "share": run.share if run.status in ("running", "lost") else None,
        "age": duration(max(0.0, run.now - run.submitted_at)),
        "by": run.by,
        "actions": _actions(run),
    }


def _detail(run: RunRecord) -> str:
    if run.status == "failed":
        return error_line(run.error)[:160]
    fields = run.fields
    words = []
    if "stages" in fields:
        words.append(count(len(fields["stages"]), "stage"))
    if fields.get("mode"):
        words.append(str(fields["mode"]))
    if fields.get("size"):
        words.append(f"{fields['size']} px" if isinstance(fields["size"], int) else "")
    # Of a heat map's methods only some take steps.
    if fields.get("steps") and "methods" not in fields:
        words.append(f"{fields['steps']} steps")
    if fields.get("epochs"):
        words.append(count(int(fields["epochs"]), "epoch"))
    if "split" in fields:
        words.append(f"{fields['split']} pictures")
    return " · ".join(filter(None, [*words, run.key[-8:]]))


def _progress(run: RunRecord) -> str:
    made = made_words(run)
    if run.status == "running":
        return " · ".join(filter(None, (made, time_left(run.estimate))))
    if run.status == "complete":
        return f"{made} in {duration(run.seconds)}".strip()
    return made


def _actions(run: RunRecord) -> list[dict[str, str]]:
    known = run.kind in KINDS
    if run.status in ("running", "queued") and not run.cancelling:
        return [{"name": "cancel", "label": "Cancel"}]
    if run.status in ("failed", "cancelled", "lost", "absent") and known and retry_helps(run.error_kind):
        return [{"name": "retry", "label": "Retry" if run.status != "absent" else "Recompute"}]
    return []


def _act(key: str) -> None:
    request = st.session_state[key].get("act") or {}
    try:
        act_on(get_client(), str(request.get("name")), str(request.get("key")))
    except ConvscopeError as error:
        st.session_state["refused"] = str(error)


def act_on(client: Client, name: str, run: str) -> None:
    """Cancel or retry a run, as a button of the list was pressed."""
    if name == "cancel":
        client.cancel(run)
    elif name == "retry" and client.retry(run)[0] != run:
        st.toast("An earlier release made that run. This one computes it as a run of its own.",
                 icon=":material/history:")  # fmt: skip
