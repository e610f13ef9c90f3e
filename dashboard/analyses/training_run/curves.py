"""Curves of training runs by epoch: loss and accuracy, smoothed with a slider."""

from collections.abc import Sequence

import streamlit as st

from dashboard.widgets.address import keep_choice
from dashboard.widgets.charts import charts
from shared.analyses.training_run.figures import Curves, training_figures

# The book smooths with 0.8: F. Chollet, "Deep Learning with Python", 2017, listing 5.24 (smooth_curve).
BOOKS_SMOOTHING, MOST_SMOOTHING = 0.8, 0.95


def training_curves(
    key: str, runs: Sequence[Curves], *, planned: int, waiting: str, view: str, several: bool = False
) -> None:
    """Draw the curves; how far they are smoothed goes into the address as `smooth`.

    Args:
        key: of the element.
        runs: several are drawn over each other on the same axes.
        planned: epochs that the axis reaches to, at least.
        waiting: what to say while there is no epoch.
        view: zoom and hidden lines stay while this stays the same.
        several: whether a colour stands for a run, even where there is one; else for training and validation.
    """
    factor = smoothing()
    there = any(run.epochs for run in runs)
    found = training_figures(runs, planned=planned, smoothing=factor, several=several) if there else {}
    charts(key, list(found.values()), view=view, waiting=waiting, table=several, smoothing=(factor, BOOKS_SMOOTHING),
           on_smooth_change=keep_choice(key, "smooth"))  # fmt: skip


def smoothing() -> float:
    """What the address says, 0 to 0.95; 0 where it says nothing, or nonsense."""
    try:
        factor = float(st.query_params.get("smooth", "0"))
    except ValueError:
        return 0.0
    return factor if 0 <= factor <= MOST_SMOOTHING else 0.0
