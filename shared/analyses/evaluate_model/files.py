"""Files of `evaluate_model`: the confusion matrix as a picture, all figures, all answers; and its report's tables."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from shared.analyses.evaluate_model.numbers import (
    OTHERS,
    Evaluation,
    calibration,
    class_scores,
    confusion,
    evaluation_of,
    metrics,
)
from shared.analyses.evaluate_model.overlap import mask_scores, overlap_metrics, overlap_of
from shared.analyses.evaluate_model.regression import number_scores, regression_metrics, regression_of
from shared.analyses.report_blocks import Block, Table
from shared.analyses.result_files import Files
from shared.results import Part
from shared.store import RunRecord

# Blue for what is right, orange for what is not: apart for all eyes.
RIGHT, WRONG = (38, 108, 176), (214, 92, 20)
INK, QUIET, PAPER = (32, 36, 42), (110, 116, 124), (255, 255, 255)
# With more classes than so, names and counts would be too small to read.
NAMED_CLASSES = 40
CELL, SMALL_CELL, MARGIN, FONT = 46, 4, 16, 13
LONGEST_NAME = 24


def files(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """confusion.png, evaluation.json with the figures of evaluation_facts(), arrays.npz as evaluation_arrays() says.

    Of numbers and masks evaluation.json holds `metrics` and a row each, arrays.npz what their parts hold.
    """
    found = evaluation_of(parts.values())
    if found is None:
        yield from _files_of_numbers_or_masks(parts)
        return
    yield "confusion.png", confusion_picture(confusion(found), found.classes)
    yield "evaluation.json", evaluation_facts(found)
    yield "arrays.npz", evaluation_arrays(found, parts)


def _files_of_numbers_or_masks(parts: Mapping[int, Part]) -> Files:
    numbers, masks = regression_of(parts.values()), overlap_of(parts.values())
    if numbers is not None:
        scores = [asdict(one) for one in number_scores(numbers)]
        yield "evaluation.json", {"metrics": regression_metrics(numbers), "numbers": scores}
        yield "arrays.npz", {"true": numbers.true, "predicted": numbers.predicted, "pictures": numbers.pictures,
                             "names": np.array(numbers.names, str)}  # fmt: skip
    if masks is not None:
        rows = [asdict(one) for one in mask_scores(masks.cells, masks.classes)]
        yield "confusion.png", confusion_picture(masks.cells, masks.classes)
        yield "evaluation.json", {"metrics": overlap_metrics(masks), "classes": rows, "confusion": masks.cells.tolist()}
        yield "arrays.npz", {"iou": masks.iou, "confusion": masks.cells, "pictures": masks.pictures,
                             "classes": np.array(masks.classes, str)}  # fmt: skip


def evaluation_arrays(found: Evaluation, parts: Mapping[int, Part]) -> dict[str, np.ndarray]:
    """`probabilities` float32 (picture, class); `labels`, `predicted`, `answers`, `pictures` int32 (picture);
    `confidence` float32 (picture); `confusion` int64 (true class, predicted class); `classes` text."""
    probabilities = [parts[i].arrays["probabilities"] for i in sorted(parts)]
    own = {name: getattr(found, name) for name in ("labels", "predicted", "answers", "pictures", "confidence")}
    return {"probabilities": np.concatenate(probabilities), **own, "confusion": confusion(found),
            "classes": np.array(found.classes, str)}  # fmt: skip


def evaluation_facts(found: Evaluation) -> dict[str, Any]:
    """`metrics`, `classes` (a row a class), `calibration` (a row a bin), `confusion`, and how classes were matched."""
    cells, bins = confusion(found), calibration(found.confidence, found.right)
    rows = zip(bins.edges[:-1], bins.edges[1:], bins.counts, bins.confidence, bins.accuracy, strict=True)
    names = ("from", "to", "pictures", "confidence", "accuracy")
    return {
        "metrics": metrics(found),
        "classes": [asdict(score) for score in class_scores(cells, found.classes)],
        "calibration": [{n: round(float(v), 6) for n, v in zip(names, row, strict=True)} for row in rows],
        "confusion": cells.tolist(),
        "matched": found.facts["matched"],
        "left_out": list(found.facts["left_out"]),
    }


def confusion_picture(cells: np.ndarray, classes: Sequence[str]) -> np.ndarray:
    """A confusion matrix: a row a true class, a column a prediction, shaded by the share of the row.

    Args:
        cells: int (true class, predicted class), perhaps with a last column for other answers.
        classes: names of the rows.

    Returns:
        uint8 (height, width, 3).
    """
    named = len(classes) <= NAMED_CLASSES
    side = CELL if named else SMALL_CELL
    shaded = np.kron(_shades(cells), np.ones((side, side, 1), np.uint8))
    columns = [*classes, OTHERS][: cells.shape[1]]
    return _with_text(shaded, cells, [*classes], columns) if named else shaded


def _shades(cells: np.ndarray) -> np.ndarray:
    """uint8 (row, column, 3). The square root makes one mistake in a hundred visible."""
    share = np.sqrt(cells / np.maximum(cells.sum(1, keepdims=True), 1))[..., None]
    rows, columns = cells.shape
    hue = np.where(np.eye(rows, columns, dtype=bool)[..., None], RIGHT, WRONG)
    return np.round(np.array(PAPER) * (1 - share) + hue * share).astype(np.uint8)


def _with_text(shaded: np.ndarray, cells: np.ndarray, rows: list[str], columns: list[str]) -> np.ndarray:
    font = ImageFont.load_default(FONT)
    names = [[_short(name) for name in side] for side in (rows, columns)]
    left, top = (MARGIN + 30 + max(int(font.getlength(name)) for name in side) for side in names)
    size = (left + shaded.shape[1] + MARGIN, top + shaded.shape[0] + MARGIN)
    image = Image.new("RGB", size, PAPER)
    image.paste(Image.fromarray(shaded), (left, top))
    pen = ImageDraw.Draw(image)
    for place, name in enumerate(names[0]):
        pen.text((left - 8, top + (place + 0.5) * CELL), name, INK, font, "rm")
    for place, name in enumerate(names[1]):
        _upright(image, name, (left + int((place + 0.5) * CELL), top - 8), font)
    for (row, column), number in np.ndenumerate(cells):
        if number:
            dark = number > 0.4 * cells[row].sum()
            middle = (left + (column + 0.5) * CELL, top + (row + 0.5) * CELL)
            pen.text(middle, f"{number:,}", PAPER if dark else INK, font, "mm")
    pen.text((left, MARGIN // 2), "predicted", QUIET, font, "lt")
    _upright(image, "true", (MARGIN, top + shaded.shape[0]), font, QUIET)
    return np.asarray(image)


def _upright(image: Image.Image, text: str, foot: tuple[int, int], font: Any, ink: tuple[int, ...] = INK) -> None:
    """Write a text upwards from a point in the middle of its foot."""
    mask = Image.new("L", (int(font.getlength(text)) + 2, FONT + 6))
    ImageDraw.Draw(mask).text((0, (FONT + 6) / 2), text, 255, font, "lm")
    turned = mask.rotate(90, expand=True)
    image.paste(Image.new("RGB", turned.size, ink), (foot[0] - turned.width // 2, foot[1] - turned.height), turned)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def blocks(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """Figures of all pictures together, then class by class, or number by number."""
    found = evaluation_of(parts.values())
    if found is None:
        return _blocks_of_numbers_or_masks(parts)
    scores = class_scores(confusion(found), found.classes)
    rows = [(s.name, s.precision, s.recall, s.f1, s.support, s.predicted) for s in scores]
    heads = ("Class", "Precision", "Recall", "F1", "Pictures", "Predicted")
    return [_figures(metrics(found)), Table("Class by class", heads, rows)]


def _blocks_of_numbers_or_masks(parts: Mapping[int, Part]) -> list[Block]:
    numbers, masks = regression_of(parts.values()), overlap_of(parts.values())
    if numbers is not None:
        rows = [(s.name, s.mae, s.rmse, s.bias, s.r2, s.baseline) for s in number_scores(numbers)]
        heads = ("Number", "Mean absolute error", "RMSE", "Bias", "R²", "Error of the median")
        return [_figures(regression_metrics(numbers)), Table("Number by number", heads, rows)]
    if masks is not None:
        of = [(s.name, s.iou, s.dice, s.precision, s.recall, s.pixels) for s in mask_scores(masks.cells, masks.classes)]
        heads = ("Class", "IoU", "Dice", "Precision", "Recall", "Pixels")
        return [_figures(overlap_metrics(masks)), Table("Class by class", heads, of)]
    return []


def _figures(found: Mapping[str, Any]) -> Table:
    return Table("Figures", ("", ""), [(name.replace("_", " "), value) for name, value in found.items()])
