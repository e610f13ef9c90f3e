"""The epochs of a training run as a table, beside its curves and for screen readers instead of them."""

from collections.abc import Sequence
from typing import Any

from dashboard.server.downloads import download_url
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.text import count, duration, percent, short
from shared.analyses.training_run.epochs import best_epoch, fine_tuning_starts
from shared.analyses.training_run.parts import EpochFacts
from shared.store import RunRecord

PHASES = {"training": "training", "head": "head", "fine_tuning": "fine-tuning"}
_element = browser_element("epoch_table")


def epoch_table(run: RunRecord, epochs: Sequence[EpochFacts]) -> None:
    """Draw the table, folded away."""
    if epochs:
        _element(key="epochs", data=epoch_table_data(run, epochs))


def epoch_table_data(run: RunRecord, epochs: Sequence[EpochFacts]) -> dict[str, Any]:
    """What the browser needs, as JSON values; without a validation split, its columns are left out."""
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
        *([_share(facts.get("val_accuracy"))] if validated else []),
        short(facts.get("rate")),
        duration(facts["seconds"]),
    ]


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)
