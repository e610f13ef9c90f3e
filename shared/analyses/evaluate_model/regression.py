"""What a network's numbers over a data set come to: the mean error, and the share of the spread that it explains."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.analyses.evaluate_model.parts import NUMBERS, NumberFacts
from shared.results import Part


@dataclass(frozen=True)
class Regression:
    """Numbers for all pictures that were looked at, a row a picture.

    Attributes:
        names: of the numbers, with their units where these are known.
        true, predicted: float32 (picture, number).
        pictures: int (picture), numbers in the data set.
        facts: what all parts say alike.
    """

    names: tuple[str, ...]
    true: np.ndarray
    predicted: np.ndarray
    pictures: np.ndarray
    facts: NumberFacts

    def __len__(self) -> int:
        return len(self.true)

    def worst(self, number: int) -> np.ndarray:
        """Rows, the largest error of a number first."""
        return np.argsort(-np.abs(self.predicted - self.true)[:, number], kind="stable")


@dataclass(frozen=True)
class NumberScore:
    """One number's figures, in its own unit but for r2.

    Attributes:
        mae: mean absolute error.
        rmse: root of the mean squared error.
        bias: mean of predicted less true.
        r2: coefficient of determination, 1 less the squared errors over the true values' squared distances from their
            mean: 1 is perfect, 0 as good as always saying the mean; None where all true values are the same.
        baseline: mean absolute error of always saying the median.
    """

    name: str
    mae: float
    rmse: float
    bias: float
    r2: float | None
    baseline: float


def regression_of(parts: Iterable[Part]) -> Regression | None:
    """All parts together, in order; None where there are none, or they are of classes or masks."""
    found = sorted((part for part in parts if "true" in part.arrays), key=lambda part: part.index)
    if not found:
        return None
    arrays = [NUMBERS.read_arrays(part) for part in found]
    facts = NUMBERS.read(found[0])
    true, predicted, pictures = (
        np.concatenate([one[name] for one in arrays]) for name in ("true", "predicted", "pictures")
    )
    return Regression(tuple(facts["names"]), true, predicted, pictures, facts)


def number_scores(found: Regression) -> list[NumberScore]:
    """Figures of every number."""
    true, predicted = found.true.astype(np.float64), found.predicted.astype(np.float64)
    rows = []
    for i, name in enumerate(found.names):
        error, spread = predicted[:, i] - true[:, i], true[:, i] - true[:, i].mean()
        total = float((spread**2).sum())
        rows.append(NumberScore(
            name, float(np.abs(error).mean()), float(np.sqrt((error**2).mean())), float(error.mean()),
            1 - float((error**2).sum()) / total if total else None,
            float(np.abs(true[:, i] - np.median(true[:, i])).mean()),
        ))  # fmt: skip
    return rows


def regression_metrics(found: Regression) -> dict[str, Any]:
    """`pictures`, and `mae`, `rmse`, `r2` of the first number, or, of several, `mae_NAME`, … each."""
    scores = number_scores(found)
    said: dict[str, Any] = {"pictures": len(found)}
    for score in scores:
        tail = f"_{score.name}" if len(scores) > 1 else ""
        r2 = None if score.r2 is None else round(score.r2, 6)
        said |= {f"mae{tail}": round(score.mae, 6), f"rmse{tail}": round(score.rmse, 6), f"r2{tail}": r2}
    return said
