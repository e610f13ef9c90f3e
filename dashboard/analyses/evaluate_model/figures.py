"""An evaluation's figures for the elements in the browser: accuracy, calibration, the confusion matrix."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.analyses.evaluate_model.results import Cell
from dashboard.widgets.text import count
from shared.analyses.evaluate_model.files import OTHERS
from shared.analyses.evaluate_model.numbers import Evaluation, calibration, confusion, metrics

# A matrix of more classes is no longer read cell by cell: then those that are mixed up most are shown.
MOST_CLASSES = 30
# A gap between confidence and accuracy that nobody would act on.
SMALL_GAP = 0.01


def share(value: float) -> str:
    """ "93.1 %"."""
    return f"{100 * value:.1f} %"


def accuracy_data(found: Evaluation, total: int | None) -> dict[str, Any]:
    """Figures above the matrix.

    Args:
        found: the answers.
        total: pictures that there will be; None when all are there.
    """
    said = metrics(found)
    of = f"of the first {said['pictures']:,} pictures" if total else f"of {count(said['pictures'], 'picture')}"
    lead = said["confidence"] - said["accuracy"]
    word = "as sure as it may be" if abs(lead) < SMALL_GAP else ("too sure of itself" if lead > 0 else "too modest")
    return {
        "figures": [
            {"title": "Accuracy", "value": share(said["accuracy"]), "note": f"{said['right']:,} {of} right",
             "more": f"95 % interval: {share(said['accuracy_low'])} to {share(said['accuracy_high'])}"},
            {"title": "Mean over classes", "value": share(said["balanced_accuracy"]),
             "note": "recall, each class counting the same",
             "more": f"always naming the commonest class: {share(said['commonest'])}"},
            {"title": "Calibration error", "value": share(said["calibration_error"]), "note": word,
             "more": f"{share(said['confidence'])} sure on average"},
        ]
    }  # fmt: skip


def reliability_data(found: Evaluation) -> dict[str, Any]:
    """Bins of the reliability diagram."""
    bins = calibration(found.confidence, found.right)
    rows = zip(bins.edges[:-1], bins.edges[1:], bins.counts, bins.confidence, bins.accuracy, strict=True)
    return {
        "title": "Reliability",
        "note": "A network that may be taken at its word is right in 80 % of the cases in which it says 80 %.",
        "bins": [
            {"from": round(float(low), 4), "to": round(float(high), 4), "count": int(number),
             "confidence": round(float(sure), 4), "accuracy": round(float(true), 4)}
            for low, high, number, sure, true in rows
        ],
    }  # fmt: skip


def confusion_data(found: Evaluation, cell: Cell | None) -> dict[str, Any]:
    """Cells of the matrix, with the numbers of their classes; of many classes those that are mixed up most."""
    cells = confusion(found)
    shown = most_confused(cells)
    columns = [*shown, len(found.classes)] if found.others else shown
    names = [*found.classes, OTHERS]
    all_of = len(found.classes)
    return {
        "title": "Confusion",
        "note": ""
        if len(shown) == all_of
        else f"{len(shown)} of {all_of} classes, those mixed up most; the exports have all",
        "rows": [{"number": i, "name": names[i], "count": int(cells[i].sum())} for i in shown],
        "columns": [{"number": j, "name": names[j]} for j in columns],
        "cells": cells[np.ix_(shown, columns)].tolist(),
        "selected": f"{cell[0]}-{cell[1]}" if cell else "",
    }


def most_confused(cells: np.ndarray, most: int = MOST_CLASSES) -> list[int]:
    """Numbers of at most so many classes, in order: all, or those that take part in the most mistakes."""
    classes = len(cells)
    if classes <= most:
        return list(range(classes))
    square = cells[:, :classes]
    mistakes = cells.sum(1) - np.diagonal(square) + square.sum(0) - np.diagonal(square)
    return sorted(np.argsort(-mistakes, kind="stable")[:most].tolist())


def pair_words(classes: Sequence[str], cell: Cell) -> str:
    """What a cell holds: "3 taken for 8"."""
    names = [*classes, OTHERS]
    true, predicted = names[cell[0]], names[cell[1]]
    return f"{true}, rightly named" if cell[0] == cell[1] else f"{true} taken for {predicted}"
