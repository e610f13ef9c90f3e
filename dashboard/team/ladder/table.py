"""The ladder as a table in the browser: each run can be chosen for the curves, and leads to its page and network."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from dashboard.runs.run_list import STATE_TEXTS
from dashboard.server.connection import get_client
from dashboard.team.ladder.rows import LadderRow, differences, epochs_words, pictures_words, settings_words
from dashboard.widgets.address import keep_choice, permalink
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.text import duration, percent
from shared.analyses.chart_style import SERIES

COLUMNS = ("Curves", "Strategy", "Pictures", "Epochs", "Time", "Validation", "Test", "Difference", "State", "")
_element = browser_element("ladder_table")


def ladder_table(rows: Sequence[LadderRow], chosen: Sequence[str], trained: int) -> None:
    """Draw the table; the chosen runs go into the address as `runs`.

    Args:
        rows: from the lowest to the highest.
        chosen: keys of the runs whose curves are drawn, in the order of their colours.
        trained: training pictures of the data set.
    """
    data = {"columns": COLUMNS, "most": len(SERIES), "rows": ladder_data(rows, chosen, trained)}
    _element(key="ladder", data=data, on_runs_change=keep_choice("ladder", "runs"))


def ladder_data(rows: Sequence[LadderRow], chosen: Sequence[str], trained: int) -> list[dict[str, Any]]:
    """What the browser needs to draw a row a run, as JSON values."""
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
    return [pictures_words(row, trained), epochs_words(row), time, _share(row.validation), _share(row.test)]


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)


def _signed(gained: tuple[float, str] | None) -> str:
    """ "+2.4", "−0.3"; "" for nothing."""
    return "" if gained is None else f"{gained[0]:+.1f}".replace("-", "−")
