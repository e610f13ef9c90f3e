"""What a network's masks over a data set come to: how far each class's pixels and the true ones overlap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.analyses.evaluate_model.parts import MASKS, MaskFacts
from shared.results import Part


@dataclass(frozen=True)
class Overlap:
    """Masks of all pictures that were looked at.

    Attributes:
        classes: names, in the order of their numbers.
        cells: int64 (true class, predicted class), pixels of all pictures; a last column where none was predicted.
        iou: float32 (picture, class), NaN where neither mask has the class.
        pictures: int (picture), numbers in the data set.
        facts: what all parts say alike.
    """

    classes: tuple[str, ...]
    cells: np.ndarray
    iou: np.ndarray
    pictures: np.ndarray
    facts: MaskFacts

    def __len__(self) -> int:
        return len(self.pictures)

    def worst(self) -> np.ndarray:
        """Rows, the smallest mean IoU over classes first."""
        there = ~np.isnan(self.iou)
        mean = np.where(there, self.iou, 0).sum(1) / np.maximum(there.sum(1), 1)
        return np.argsort(mean, kind="stable")


@dataclass(frozen=True)
class MaskScore:
    """One class's figures over the pixels of all pictures.

    Attributes:
        iou: intersection over union of the predicted and the true pixels; None where there are neither.
        dice: twice the intersection over the sum of both.
        precision, recall: of the predicted pixels those that are; of those that are, those predicted.
        pixels: true ones.
    """

    name: str
    iou: float | None
    dice: float | None
    precision: float
    recall: float
    pixels: int


def overlap_of(parts: Iterable[Part]) -> Overlap | None:
    """All parts together; None where there are none, or they are of classes or numbers."""
    found = sorted((part for part in parts if "cells" in part.arrays), key=lambda part: part.index)
    if not found:
        return None
    arrays = [MASKS.read_arrays(part) for part in found]
    facts = MASKS.read(found[0])
    return Overlap(
        tuple(facts["classes"]), np.sum([one["cells"] for one in arrays], 0),
        np.concatenate([one["iou"] for one in arrays]), np.concatenate([one["pictures"] for one in arrays]), facts,
    )  # fmt: skip


def pixel_cells(true: np.ndarray, predicted: np.ndarray, classes: int, ignored: int) -> np.ndarray:
    """int64 (true class, predicted class) of one picture; a last column where none was predicted.

    Args:
        true: int (height, width); pixels of the number `ignored` do not count.
        predicted: int (height, width), −1 for none.
        classes: how many.
        ignored: that number.
    """
    counted = true != ignored
    columns = np.where(predicted < 0, classes, predicted)[counted].astype(np.int64)
    flat = np.bincount(true[counted].astype(np.int64) * (classes + 1) + columns, minlength=classes * (classes + 1))
    return flat.reshape(classes, classes + 1)


def class_iou(cells: np.ndarray) -> np.ndarray:
    """float64 (class): intersection over union from a table of pixels; NaN where there is no pixel of the class."""
    classes = len(cells)
    right = np.diagonal(cells).astype(np.float64)
    union = cells.sum(1) + cells[:, :classes].sum(0) - right
    return np.divide(right, union, out=np.full(classes, np.nan), where=union > 0)


def mask_scores(cells: np.ndarray, classes: Sequence[str]) -> list[MaskScore]:
    """Figures of every class."""
    iou, right = class_iou(cells), np.diagonal(cells)
    true, said = cells.sum(1), cells[:, : len(classes)].sum(0)
    return [
        MaskScore(
            name, None if np.isnan(iou[i]) else float(iou[i]),
            float(2 * right[i] / (true[i] + said[i])) if true[i] + said[i] else None,
            float(right[i] / said[i]) if said[i] else 0.0, float(right[i] / true[i]) if true[i] else 0.0, int(true[i]),
        )
        for i, name in enumerate(classes)
    ]  # fmt: skip


def overlap_metrics(found: Overlap) -> dict[str, Any]:
    """`pictures`, `mean_iou` over the classes that there are, `iou_CLASS` each, and `pixel_accuracy`."""
    scores = [score for score in mask_scores(found.cells, found.classes) if score.iou is not None]
    right = int(np.diagonal(found.cells).sum())
    return {
        "pictures": len(found),
        "mean_iou": round(float(np.mean([score.iou for score in scores])), 6) if scores else None,
        "pixel_accuracy": round(right / max(1, int(found.cells.sum())), 6),
        **{f"iou_{score.name}": round(score.iou or 0.0, 6) for score in scores},
    }
