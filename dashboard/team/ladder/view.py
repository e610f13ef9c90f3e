"""The training runs of a data set: the ladder as a table, and the curves of chosen runs over each other."""

from collections.abc import Sequence

import streamlit as st

from dashboard.analyses.training_run.curves import training_curves
from dashboard.page_table import script
from dashboard.runs.header import header_line
from dashboard.server.connection import explaining_errors, get_client
from dashboard.team.ladder.rows import LadderRow, chosen_keys, ladder, live_words
from dashboard.team.ladder.table import ladder_table
from dashboard.widgets.dataset_choice import dataset_title
from dashboard.widgets.text import count
from shared.analyses.chart_style import SERIES
from shared.analyses.training_run.figures import Curves

POLL_SECONDS = 2.0
WAITING = "Choose runs in the table: their curves appear here, over each other."


def show_ladder(dataset: str) -> bool:
    """Draw the ladder of a data set and keep it up to date while a run of it waits or runs.

    Args:
        dataset: reference, sha256:...

    Returns:
        Whether there are runs.
    """
    rows = ladder(get_client(), dataset)
    live = any(not row.run.over for row in rows)
    st.fragment(_watch, run_every=POLL_SECONDS if live else None)(dataset, live)
    return bool(rows)


def _watch(dataset: str, was_live: bool) -> None:
    with explaining_errors():
        client = get_client()
        rows = ladder(client, dataset)
        if was_live != any(not row.run.over for row in rows):
            st.rerun()  # polling stops or starts with the page
        title = dataset_title(dataset, client.datasets.names())
        header_line(["Training runs", title], [count(len(rows), "run"), live_words(rows)])
        if not rows:
            _nothing_yet(dataset)
            return
        chosen = chosen_keys(st.query_params.get("runs"), rows, len(SERIES))
        ladder_table(rows, chosen, len(client.datasets.card(dataset).rows("train")))
        _curves(rows, chosen)


def _curves(rows: Sequence[LadderRow], chosen: Sequence[str]) -> None:
    shown = [row for row in rows if row.run.key in chosen]
    runs = [Curves(legend_title(row, rows), row.epochs, chosen.index(row.run.key)) for row in shown]
    planned = max((len(row.epochs) if row.run.over else row.run.total or 1 for row in shown), default=1)
    training_curves("together", runs, planned=planned, waiting=WAITING, view="ladder", several=True)


def legend_title(row: LadderRow, rows: Sequence[LadderRow]) -> str:
    """The strategy; where several runs have it, with what the keys end in."""
    alone = sum(other.title == row.title for other in rows) == 1
    return row.title if alone else f"{row.title} · {row.run.key[-4:]}"


def _nothing_yet(dataset: str) -> None:
    st.info("Nobody has trained a network on this data set yet. Run all strategies below, or train one network first.",
            icon=":material/inbox:")  # fmt: skip
    st.page_link(script("training"), label="Train one network", icon=":material/model_training:",
                 query_params={"dataset": dataset})  # fmt: skip
