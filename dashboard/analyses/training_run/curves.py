"""Curves of training runs by epoch: loss and accuracy, smoothed with a slider."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.server.downloads import download_url
from dashboard.widgets.address import keep_choice
from dashboard.widgets.charts import charts
from dashboard.widgets.text import count, duration, percent, short
from shared.analyses.training_run.figures import Curves, training_figures
from shared.analyses.training_run.parts import EpochFacts, best_epoch, fine_tuning_starts
from shared.store import RunRecord

# The book smooths with 0.8: F. Chollet, "Deep Learning with Python", 2017, listing 5.24 (smooth_curve).
BOOKS_SMOOTHING, MOST_SMOOTHING = 0.8, 0.95
PHASES = {"training": "training", "head": "head", "fine_tuning": "fine-tuning"}


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


def epoch_table_data(run: RunRecord, epochs: Sequence[EpochFacts]) -> dict[str, Any]:
    """What the browser needs to draw a table of the epochs; without a validation split, its columns are left out."""
    validated = any(facts.get("val_loss") is not None for facts in epochs)
    several = len({facts.get("phase") for facts in epochs}) > 1
    columns = ["Epoch", *(["Phase"] if several else []), "Loss", *(["Validation loss"] if validated else []),
               "Accuracy", *(["Validation accuracy"] if validated else []), "Rate", "Time"]  # fmt: skip
    best, begins = best_epoch(epochs), fine_tuning_starts(epochs)
    return {
        "title": f"Table of {count(len(epochs), 'epoch')}",
        "columns": columns,
        "rows": [
            {
                "cells": _cells(facts, validated, several),
                "best": facts["epoch"] == best,
                "phase": facts["epoch"] == begins > 1,
            }
            for facts in epochs
        ],
        "download": download_url(run.key, "epochs.csv"),
    }


def _cells(facts: EpochFacts, validated: bool, several: bool) -> list[str]:
    return [
        str(facts["epoch"]),
        *([PHASES.get(facts["phase"], facts["phase"])] if several else []),
        short(facts["loss"]),
        *([short(facts.get("val_loss"))] if validated else []),
        percent(facts["accuracy"]),
        *([percent(facts.get("val_accuracy"))] if validated else []),
        short(facts.get("rate")),
        duration(facts["seconds"]),
    ]
