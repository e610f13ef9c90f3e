"""The figures of an evaluation, whatever was asked: classes, numbers or masks."""

from collections.abc import Iterable
from typing import Any

from shared.analyses.evaluate_model.numbers import evaluation_of, metrics
from shared.analyses.evaluate_model.overlap import overlap_metrics, overlap_of
from shared.analyses.evaluate_model.regression import regression_metrics, regression_of
from shared.results import Part


def all_metrics(parts: Iterable[Part]) -> dict[str, Any]:
    """Figures of all parts together; {} where there are none."""
    found = list(parts)
    if (classes := evaluation_of(found)) is not None:
        return metrics(classes)
    if (numbers := regression_of(found)) is not None:
        return regression_metrics(numbers)
    masks = overlap_of(found)
    return overlap_metrics(masks) if masks else {}
