"""The ladder as a table in the browser: each run can be chosen for the curves, and leads to its page and network."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from dashboard.runs.run_list import STATE_TEXTS
from dashboard.server.connection import get_client
from dashboard.team.ladder.rows import Rung, differences, epochs_words, pictures_words, settings_words
from dashboard.widgets.address import keep_choice, permalink
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.text import duration, percent
from shared.analyses.chart_style import SERIES

COLUMNS = ("Curves", "Strategy", "Pictures", "Epochs", "Time", "Validation", "Test", "Difference", "State", "")
_element = browser_element("ladder_table")


def ladder_table(rungs: Sequence[Rung], chosen: Sequence[str], trained: int) -> None:
    """Draw the table; the chosen runs go into the address as `runs`.

    Args:
        rungs: from the lowest to the highest.
        chosen: keys of the runs whose curves are drawn, in the order of their colours.
        trained: training pictures of the data set.
    """
    data = {"columns": COLUMNS, "most": len(SERIES), "rows": ladder_data(rungs, chosen, trained)}
    _element(key="ladder", data=data, on_runs_change=keep_choice("ladder", "runs"))


def ladder_data(rungs: Sequence[Rung], chosen: Sequence[str], trained: int) -> list[dict[str, Any]]:
    """What the browser needs to draw a row a run, as JSON values."""
    names = get_client().models.names()
    tops = [rung.test for rung in rungs if rung.test is not None]
    rows = []
    for rung, gained in zip(rungs, differences(rungs), strict=True):
        state = "cancelling" if rung.run.cancelling and rung.run.status == "running" else rung.run.status
        rows.append({
            "key": rung.run.key,
            "end": rung.run.key[-8:],
            "colour": chosen.index(rung.run.key) % len(SERIES) if rung.run.key in chosen else None,
            "drawable": bool(rung.epochs),
            "title": rung.title,
            "detail": settings_words(rung.run, names),
            "cells": _cells(rung, trained),
            "top": rung.test is not None and rung.test == max(tops),
            "difference": _signed(gained),
            "note": f"percentage points of {gained[1]} accuracy, against the run above" if gained else "",
            "state": state,
            "state_text": STATE_TEXTS[state],
            "open": permalink(rung.run.key),
            "network": f"/models?{urlencode({'model': rung.network})}" if rung.network else "",
        })  # fmt: skip
    return rows


def _cells(rung: Rung, trained: int) -> list[str]:
    time = duration(rung.seconds) if rung.seconds else "–"
    return [pictures_words(rung, trained), epochs_words(rung), time, _share(rung.validation), _share(rung.test)]


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)


def _signed(gained: tuple[float, str] | None) -> str:
    """ "+2.4", "−0.3"; "" for nothing."""
    return "" if gained is None else f"{gained[0]:+.1f}".replace("-", "−")
