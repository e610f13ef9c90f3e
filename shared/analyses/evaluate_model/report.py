"""The report of `evaluate_model`: all figures, then class by class."""

from collections.abc import Mapping

from shared.analyses.evaluate_model.numbers import class_scores, confusion, evaluation_of, metrics
from shared.analyses.report_blocks import Block, Table
from shared.results import Part
from shared.store import RunRecord


def blocks(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """Figures of all pictures together, then class by class."""
    found = evaluation_of(parts.values())
    if found is None:
        return []
    figures = [(name.replace("_", " "), value) for name, value in metrics(found).items()]
    scores = class_scores(confusion(found), found.classes)
    rows = [(s.name, s.precision, s.recall, s.f1, s.support, s.predicted) for s in scores]
    heads = ("Class", "Precision", "Recall", "F1", "Pictures", "Predicted")
    return [Table("Figures", ("", ""), figures), Table("Class by class", heads, rows)]
