"""The tables of a report: what a run says in numbers and names."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from shared.analyses.evaluate_model.numbers import class_scores, confusion, evaluation_of, metrics
from shared.analyses.report_blocks import Block, Curves, Table
from shared.results import Part
from shared.store import RunRecord

Tables = Callable[[RunRecord, Mapping[int, Part]], list[Block]]


def _atlas(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    rows = sorted((p.facts for p in parts.values()), key=lambda f: (bool(f.get("dead")), -float(f["objective"])))
    shown = [
        (f["channel"], f["objective"], f"dead on {f.get('starts', 1)} starts" if f.get("dead") else "") for f in rows
    ]
    return [Table("Channels by objective", ("Channel", "Objective", ""), shown)]


def _layers(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    rows = parts[0].facts["layers"] if 0 in parts else []
    names = [name for name in (rows[0] if rows else {}) if name != "shows"]
    table = [[_plain(row[name]) for name in names] for row in rows]
    return [Table("Layers", tuple(name.replace("_", " ") for name in names), table)]


def _predictions(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    top = parts[0].facts.get("top") if 0 in parts else None
    if not top:
        return []
    rows = [(row["class"], row.get("name", ""), row["logit"], row["probability"]) for row in top]
    return [Table("What the network says", ("Class", "Name", "Logit", "Probability"), rows)]


def _heat_maps(run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    rows = []
    for part in (parts[i] for i in sorted(parts)):
        for row in part.facts.get("maps", ()):
            evidence = "" if row.get("positive_evidence", True) else "no positive evidence at this layer"
            layers = ", ".join(part.facts.get("layers", ())) or part.facts.get("place", "")
            rows.append((part.facts["title"], row["class"], row.get("name", ""), layers, row["raw_max"], evidence))
    heads = ("Method", "Class", "Name", "Layer", "Largest value", "")
    return [*_predictions(run, parts), *([Table("Heat maps", heads, rows)] if rows else [])]


def _epochs(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
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


def _evaluation(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """Figures of all pictures together, then class by class."""
    found = evaluation_of(parts.values())
    if found is None:
        return []
    figures = [(name.replace("_", " "), value) for name, value in metrics(found).items()]
    scores = class_scores(confusion(found), found.classes)
    rows = [(s.name, s.precision, s.recall, s.f1, s.support, s.predicted) for s in scores]
    heads = ("Class", "Precision", "Recall", "F1", "Pictures", "Called so")
    return [Table("Figures", ("", ""), figures), Table("Class by class", heads, rows)]


def _moves(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """How far every layer moved, and which layers one network has alone."""
    if 0 not in parts:
        return []
    table = parts[0].facts
    rows = [
        (row["path"], row["class"], row["state"], "infinite" if row["distance"] is None else row["distance"],
         _plain(row["cosine"]), row["unchanged"], " ".join(str(channel) for channel in row["most"]))
        for row in table["layers"]
    ]  # fmt: skip
    alone = [(row["path"], row["class"], side) for side in ("before", "after") for row in table[f"only_{side}"]]
    heads = ("Layer", "Class", "State", "Distance", "Cosine", "Unchanged", "Channels that moved most")
    found: list[Block] = [Table("How far each layer moved", heads, rows)]
    return found + ([Table("Layers of one network alone", ("Layer", "Class", "Side"), alone)] if alone else [])


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return " × ".join("any" if one is None else str(one) for one in value)
    return "" if value is None else value


TABLES: dict[str, Tables] = {
    "filter_atlas": _atlas,
    "inspect_model": _layers,
    "activations": _predictions,
    "attribution": _heat_maps,
    "training_run": _epochs,
    "evaluate_model": _evaluation,
    "compare_models": _moves,
}
