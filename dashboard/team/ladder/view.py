"""The training runs of a data set: the ladder as a table, and the curves of chosen runs over each other."""

from collections.abc import Sequence

import streamlit as st

from dashboard.analyses.training_run.curves import training_curves
from dashboard.page_table import script
from dashboard.runs.header import header_line
from dashboard.server.connection import explaining_errors, get_client
from dashboard.team.ladder.rows import Rung, chosen_keys, ladder, live_words
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
    rungs = ladder(get_client(), dataset)
    live = any(not rung.run.over for rung in rungs)
    st.fragment(_watch, run_every=POLL_SECONDS if live else None)(dataset, live)
    return bool(rungs)


def _watch(dataset: str, was_live: bool) -> None:
    with explaining_errors():
        client = get_client()
        rungs = ladder(client, dataset)
        if was_live != any(not rung.run.over for rung in rungs):
            st.rerun()  # polling stops or starts with the page
        title = dataset_title(dataset, client.datasets.names())
        header_line(["Training runs", title], [count(len(rungs), "run"), live_words(rungs)])
        if not rungs:
            _nothing_yet(dataset)
            return
        chosen = chosen_keys(st.query_params.get("runs"), rungs, len(SERIES))
        ladder_table(rungs, chosen, len(client.datasets.card(dataset).rows("train")))
        _curves(rungs, chosen)


def _curves(rungs: Sequence[Rung], chosen: Sequence[str]) -> None:
    shown = [rung for rung in rungs if rung.run.key in chosen]
    runs = [Curves(legend_title(rung, rungs), rung.epochs, chosen.index(rung.run.key)) for rung in shown]
    planned = max((len(rung.epochs) if rung.run.over else rung.run.total or 1 for rung in shown), default=1)
    training_curves("together", runs, planned=planned, waiting=WAITING, view="ladder", several=True)


def legend_title(rung: Rung, rungs: Sequence[Rung]) -> str:
    """The strategy; where several runs have it, with what the keys end in."""
    alone = sum(other.title == rung.title for other in rungs) == 1
    return rung.title if alone else f"{rung.title} · {rung.run.key[-4:]}"


def _nothing_yet(dataset: str) -> None:
    st.info("Nobody has trained a network on this data set yet. Run all strategies below, or train one network first.",
            icon=":material/inbox:")  # fmt: skip
    st.page_link(script("training"), label="Train one network", icon=":material/model_training:",
                 query_params={"dataset": dataset})  # fmt: skip
