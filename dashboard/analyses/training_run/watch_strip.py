"""Heat maps of watched pictures after every epoch: what a network learns to look at."""

from collections.abc import Sequence
from typing import Any

from dashboard.server.connection import get_client
from dashboard.widgets.shown_bands import seen_url
from dashboard.widgets.text import percent
from shared.analyses.training_run.parts import EpochFacts, best_epoch, fine_tuning_starts
from shared.errors import ConvscopeError
from shared.store import RunRecord

TITLE, NOTE = (
    "Watched pictures, epoch by epoch",
    "Where the network saw the picture's own class when the epoch was over (Grad-CAM), and how sure of it it was.",
)


def watch_data(run: RunRecord, epochs: Sequence[EpochFacts]) -> dict[str, Any]:
    """What the browser needs, as JSON values."""
    best, begins = best_epoch(epochs), fine_tuning_starts(epochs)
    rows = []
    for number in run.fields["watch"]:
        title = picture_words(str(run.fields["dataset"]), int(number))
        cells = [_cell(run, int(number), facts, title, best, begins) for facts in epochs]
        rows.append({"title": title, "cells": cells})
    return {"key": run.key, "title": TITLE, "note": NOTE, "rows": rows}


def _cell(run: RunRecord, number: int, facts: EpochFacts, title: str, best: int, begins: int) -> dict[str, Any]:
    epoch = int(facts["epoch"])
    sure = next((percent(row["probability"]) for row in facts.get("watched", ()) if row["picture"] == number), "")
    return {
        "url": seen_url(run.key, epoch - 1, f"watch_{number}"),
        "label": f"epoch {epoch}",
        "sure": sure,
        "note": "best" if epoch == best else "fine-tuning" if epoch == begins > 1 else "",
        "alt": f"Heat map of {title} after epoch {epoch}" + (f", {sure} sure" if sure else ""),
        "best": epoch == best,
        "begins": epoch == begins > 1,
    }


def picture_words(dataset: str, number: int) -> str:
    """A picture of a data set, in words: "cats · test #7"."""
    try:
        card = get_client().datasets.card(dataset)
        one = card.pictures[number]
    except (ConvscopeError, IndexError):
        return f"picture #{number}"
    return f"{card.classes[one.label]} · {one.split} #{number}"
