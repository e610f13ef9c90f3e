"""Curves of training runs by epoch, drawn in the browser: loss and accuracy, smoothed with a slider."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard.analyses.training_run.epochs import best_epoch, fine_tuning_starts
from dashboard.widgets.address import keep_choice
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.text import rounded

VALUES = ("loss", "val_loss", "accuracy", "val_accuracy")
# The book smooths with 0.8: F. Chollet, "Deep Learning with Python", 2017, listing 5.24 (smooth_curve).
BOOKS_SMOOTHING, MOST_SMOOTHING = 0.8, 0.95
COLOURS = 7
_element = browser_element("training_curves")

Facts = Mapping[str, Any]


def training_curves(
    key: str, runs: Sequence[Mapping[str, Any]], *, planned: int, waiting: str, several: bool = False
) -> None:
    """Draw the curves; how far they are smoothed goes into the address as `smooth`.

    Args:
        key: of the element.
        runs: see curves_of(); several are drawn over each other on the same axes.
        planned: epochs that the axis reaches to, at least.
        waiting: what to say while there is no epoch.
        several: whether a colour stands for a run, even where there is one; else for training and validation.
    """
    data = {
        "runs": list(runs),
        "several": several,
        "planned": planned,
        "waiting": waiting,
        "smoothing": smoothing(),
        "mark": BOOKS_SMOOTHING,
        "titles": {"loss": "Loss", "accuracy": "Accuracy"},
    }
    _element(key=key, data=data, on_smooth_change=keep_choice(key, "smooth"))


def smoothing() -> float:
    """What the address says, 0 to 0.95; 0 where it says nothing, or nonsense."""
    try:
        factor = float(st.query_params.get("smooth", "0"))
    except ValueError:
        return 0.0
    return factor if 0 <= factor <= MOST_SMOOTHING else 0.0


def curves_of(key: str, title: str, epochs: Sequence[Facts], place: int = 0) -> dict[str, Any]:
    """One run's curves, as JSON values.

    Args:
        key: of the run.
        title: in the legend.
        epochs: facts of its epochs, in order.
        place: among the runs shown together; chooses the colour.
    """
    return {
        "key": key,
        "title": title,
        "colour": place % COLOURS,
        "epochs": [int(facts["epoch"]) for facts in epochs],
        "values": {name: rounded((facts.get(name) for facts in epochs), 5) for name in VALUES},
        "best": best_epoch(epochs),
        "tuned_from": fine_tuning_starts(epochs),
    }
