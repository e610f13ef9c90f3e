"""The report of `training_run`: curves, and an epoch a row."""

from collections.abc import Mapping

import numpy as np

from shared.analyses.report_blocks import Block, Curves, Table
from shared.results import Part
from shared.store import RunRecord


def blocks(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """Curves and table of a training run, an epoch a part."""
    rows = [parts[i].facts for i in sorted(parts)]
    both = [("Loss", ("loss", "val_loss")), ("Accuracy", ("accuracy", "val_accuracy"))]
    words = {"loss": "training", "accuracy": "training", "val_loss": "validation", "val_accuracy": "validation"}
    found: list[Block] = [
        Curves(title, {words[n]: np.array([r.get(n, np.nan) for r in rows], np.float64) for n in names}, "epoch")
        for title, names in both
    ]
    names = [n for n in ("epoch", "phase", "loss", "accuracy", "val_loss", "val_accuracy", "rate", "seconds")
             if any(n in r for r in rows)]  # fmt: skip
    table = [[r.get(n, "") for n in names] for r in rows]
    return [*found, Table("Epochs", tuple(n.replace("val_", "validation ") for n in names), table)]
