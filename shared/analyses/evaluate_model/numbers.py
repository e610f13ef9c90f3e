"""What a network's answers over a data set come to: accuracy, confusion, per-class figures, calibration, mistakes.

NumPy alone, so that the worker, the exports and a page that watches a run all count in the same way.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.analyses.evaluate_model.parts import ANSWERS, AnswerFacts
from shared.results import Part

# What stands for all answers of the network that are none of the compared classes.
OTHERS = "another class"
# As many as in the paper on calibration: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
BINS = 15
# Two-sided 95 % of a normal distribution.
Z = 1.959964
# A probability of zero would make one picture's loss infinite; what Keras's cross-entropy adds too.
LEAST_PROBABILITY = 1e-7
# Before another order of the classes is suggested, it must fit this share of all pictures, and so many more of them
# than the present one.
FITS, FITS_BETTER = 0.5, 0.25


@dataclass(frozen=True)
class Evaluation:
    """Answers to all pictures that were looked at, a row a picture; see shared.analyses.evaluate_model.parts.

    Attributes:
        classes: names of the compared classes.
        columns: the network's answer for each of them.
        others: whether the network has answers besides; such a prediction has the number of classes.
        labels, predicted, answers, pictures: int (picture).
        confidence: float32 (picture), probability of the likeliest answer.
        given: float32 (picture), probability of the true class.
        named: names of answers that are none of the classes, by number.
        facts: what else all parts say alike.
    """

    classes: tuple[str, ...]
    columns: tuple[int, ...]
    others: bool
    labels: np.ndarray
    predicted: np.ndarray
    answers: np.ndarray
    pictures: np.ndarray
    confidence: np.ndarray
    given: np.ndarray
    named: Mapping[int, str]
    facts: AnswerFacts

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def right(self) -> np.ndarray:
        """bool (picture)."""
        return self.labels == self.predicted

    def answer_name(self, row: int) -> str:
        """What the network took a picture for."""
        place = int(self.predicted[row])
        if place < len(self.classes):
            return self.classes[place]
        answer = int(self.answers[row])
        return self.named.get(answer) or f"answer {answer}"

    def rows(self, true: int | None = None, predicted: int | None = None) -> np.ndarray:
        """Rows of one cell of the confusion matrix; of all mistakes without one. The surest answer comes first."""
        wanted = ~self.right if true is None else (self.labels == true) & (self.predicted == predicted)
        found = np.flatnonzero(wanted)
        return found[np.argsort(-self.confidence[found], kind="stable")]


def evaluation_of(parts: Iterable[Part]) -> Evaluation | None:
    """All parts together, in order; None where there are none, or they are of numbers or masks."""
    found = sorted((part for part in parts if "labels" in part.arrays), key=lambda part: part.index)
    if not found:
        return None
    together = {name: np.concatenate([p.arrays[name] for p in found])
                for name in ("labels", "predicted", "answers", "pictures", "confidence")}  # fmt: skip
    arrays = [ANSWERS.read_arrays(part) for part in found]
    given = [one["probabilities"][np.arange(len(one["labels"])), one["labels"]] for one in arrays]
    facts = ANSWERS.read(found[0])
    named = {int(number): name for part in found for number, name in ANSWERS.read(part)["named"].items()}
    return Evaluation(tuple(facts["classes"]), tuple(facts["columns"]), facts["others"], **together,
                      given=np.concatenate(given), named=named, facts=facts)  # fmt: skip


def confusion(found: Evaluation) -> np.ndarray:
    """int64 (true class, predicted class); a last column for answers that are none of the classes, where there are."""
    wide = len(found.classes) + found.others
    cells = np.zeros((len(found.classes), wide), np.int64)
    np.add.at(cells, (found.labels, found.predicted), 1)
    return cells


@dataclass(frozen=True)
class ClassScore:
    """One class's figures. Precision: of the pictures called so, how many are. Recall: of those that are, how many are
    called so. F1: their harmonic mean. 0 where there is nothing to divide by, as scikit-learn has it.
    """

    name: str
    precision: float
    recall: float
    f1: float
    support: int
    predicted: int


def class_scores(cells: np.ndarray, classes: Sequence[str]) -> list[ClassScore]:
    """Figures of every class from a confusion matrix."""
    right = np.diagonal(cells)
    support, predicted = cells.sum(1), cells.sum(0)[: len(classes)]
    return [
        ClassScore(name, _share(r, p), _share(r, s), _share(2 * r, s + p), int(s), int(p))
        for name, r, s, p in zip(classes, right, support, predicted, strict=True)
    ]


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0


def wilson(right: int, total: int) -> tuple[float, float]:
    """The 95 % confidence interval of a share: Wilson, "Probable Inference", JASA 1927. (0, 1) of nothing.

    Unlike the usual ± it stays within 0 and 1, and says something where all answers are right.
    """
    if not total:
        return 0.0, 1.0
    share, extra = right / total, Z * Z / total
    middle = (share + extra / 2) / (1 + extra)
    reach = Z * math.sqrt(share * (1 - share) / total + extra / (4 * total)) / (1 + extra)
    return max(0.0, middle - reach), min(1.0, middle + reach)


@dataclass(frozen=True)
class Calibration:
    """How far a network may be taken at its word.

    Attributes:
        edges: float (bin + 1), from 0 to 1; a bin holds its upper edge and not its lower one.
        counts: int (bin), predictions whose confidence lies there.
        confidence, accuracy: float (bin), their mean confidence and the share of right ones; 0 in an empty bin.
        error: expected calibration error, the mean distance of the two over all predictions.
    """

    edges: np.ndarray
    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    error: float


def calibration(confidence: np.ndarray, right: np.ndarray, bins: int = BINS) -> Calibration:
    """Confidence beside accuracy in equal bins, and the expected calibration error.

    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, section 2.

    Args:
        confidence: float (prediction) in [0, 1].
        right: bool (prediction).
        bins: how many.
    """
    edges = np.linspace(0, 1, bins + 1)
    values = np.asarray(confidence, np.float64)
    place = np.clip(np.searchsorted(edges, values, side="left") - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    filled = np.maximum(counts, 1)
    sure = np.bincount(place, values, bins) / filled
    true = np.bincount(place, np.asarray(right, np.float64), bins) / filled
    error = float((counts * np.abs(true - sure)).sum() / max(1, counts.sum()))
    return Calibration(edges, counts, sure, true, error)


def likelier_order(cells: np.ndarray) -> list[int] | None:
    """The order of classes that the answers fit far better than the present one; None where the present one is best.

    A network whose classes were named in another order than the data set's answers well and is called wrong.

    Returns:
        For each class the place of the answer that mostly stands for it.
    """
    square = cells[:, : len(cells)]
    best = square.argmax(1)
    total, right = square.sum(), np.trace(square)
    moved = square[np.arange(len(square)), best].sum()
    if len(set(best.tolist())) < len(square) or moved < FITS * total or moved - right < FITS_BETTER * total:
        return None
    return [int(place) for place in best]


def metrics(found: Evaluation) -> dict[str, Any]:
    """Figures of an evaluation as JSON values.

    Returns:
        `accuracy` with the ends of its 95 % interval `accuracy_low`, `accuracy_high`, `right` and `pictures`;
        `balanced_accuracy`, the mean recall, and `f1`, the mean F1, over the classes that have pictures;
        `commonest`, the accuracy of always naming the commonest class; `loss`, the mean cross-entropy of the true
        class; `calibration_error`, `confidence`, its mean.
    """
    scores = [score for score in class_scores(confusion(found), found.classes) if score.support]
    right, total = int(found.right.sum()), len(found)
    low, high = wilson(right, total)
    figures = {
        "accuracy": right / total,
        "accuracy_low": low,
        "accuracy_high": high,
        "balanced_accuracy": float(np.mean([score.recall for score in scores])),
        "f1": float(np.mean([score.f1 for score in scores])),
        "commonest": max(score.support for score in scores) / total,
        "loss": float(-np.log(np.maximum(found.given.astype(np.float64), LEAST_PROBABILITY)).mean()),
        "calibration_error": calibration(found.confidence, found.right).error,
        "confidence": float(found.confidence.mean(dtype=np.float64)),
    }
    return {"pictures": total, "right": right} | {name: round(value, 6) for name, value in figures.items()}
