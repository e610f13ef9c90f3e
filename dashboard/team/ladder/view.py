"""The training runs of a data set: the ladder as a table, and the curves of chosen runs over each other."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboard.analyses.training_run.curves import training_curves
from dashboard.page_table import script
from dashboard.runs.header import header_line
from dashboard.runs.run_list import STATE_TEXTS
from dashboard.server.connection import explaining_errors, get_client
from dashboard.team.ladder.rows import (
    LadderRow,
    chosen_keys,
    differences,
    epochs_words,
    ladder,
    live_words,
    pictures_words,
    settings_words,
)
from dashboard.widgets.address import keep_choice, permalink
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.dataset_choice import dataset_title
from dashboard.widgets.text import count, duration, percent
from shared.analyses.chart_style import SERIES
from shared.analyses.training_run.figures import Curves

COLUMNS = ("Curves", "Strategy", "Pictures", "Epochs", "Time", "Validation", "Test", "Difference", "State", "")
_table = browser_element("ladder_table")
POLL_SECONDS = 2.0
WAITING = "Choose runs in the table: their curves appear here, over each other."


def ladder_data(rows: Sequence[LadderRow], chosen: Sequence[str], trained: int) -> list[dict[str, Any]]:
    """What the browser needs to draw a row a run, as JSON values.

    Args:
        rows: from the lowest to the highest.
        chosen: keys of the runs whose curves are drawn, in the order of their colours.
        trained: training pictures of the data set.
    """
    names = get_client().models.names()
    tops = [row.test for row in rows if row.test is not None]
    data = []
    for row, gained in zip(rows, differences(rows), strict=True):
        state = "cancelling" if row.run.cancelling and row.run.status == "running" else row.run.status
        data.append({
            "key": row.run.key,
            "end": row.run.key[-8:],
            "colour": chosen.index(row.run.key) % len(SERIES) if row.run.key in chosen else None,
            "drawable": bool(row.epochs),
            "title": row.title,
            "detail": settings_words(row.run, names),
            "cells": _cells(row, trained),
            "top": row.test is not None and row.test == max(tops),
            "difference": _signed(gained),
            "note": f"percentage points of {gained[1]} accuracy, against the run above" if gained else "",
            "state": state,
            "state_text": STATE_TEXTS[state],
            "open": permalink(row.run.key),
            "network": f"/models?{urlencode({'model': row.network})}" if row.network else "",
        })  # fmt: skip
    return data


def _cells(row: LadderRow, trained: int) -> list[str]:
    time = duration(row.seconds) if row.seconds else "–"
    return [pictures_words(row, trained), epochs_words(row), time, percent(row.validation), percent(row.test)]


def _signed(gained: tuple[float, str] | None) -> str:
    """ "+2.4", "−0.3"; "" for nothing."""
    return "" if gained is None else f"{gained[0]:+.1f}".replace("-", "−")


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
        data = ladder_data(rows, chosen, len(client.datasets.card(dataset).rows("train")))
        _table(key="ladder", data={"columns": COLUMNS, "most": len(SERIES), "rows": data},
               on_runs_change=keep_choice("ladder", "runs"))  # fmt: skip
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
