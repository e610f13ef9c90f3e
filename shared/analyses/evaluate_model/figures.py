"""What an evaluation comes to as figures: accuracy with its interval, the confusion matrix, reliability."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shared.analyses.chart_style import ACCENT, GREY, INK, PAPER, PERCENT, PERCENT_AXIS, RED, Figure, Trace, chart
from shared.analyses.evaluate_model.numbers import OTHERS, Evaluation, calibration, confusion, evaluation_of, metrics
from shared.analyses.evaluate_model.overlap import Overlap, mask_scores, overlap_of
from shared.analyses.evaluate_model.regression import Regression, number_scores, regression_of
from shared.results import Part

Cell = tuple[int, int]
# A matrix of more classes is no longer read cell by cell: then those that are mixed up most are shown.
MOST_CLASSES = 30
# Of more columns than this, numbers no longer fit into the cells.
NUMBERED = 14
LONGEST_NAME = 16


def figures(_fields: Mapping[str, Any], parts: Mapping[int, Part]) -> dict[str, Figure]:
    """`accuracy`, `confusion` and `reliability`; of numbers `predicted` or a figure each; of masks `iou` and
    `confusion`; {} of an evaluation without answers."""
    found = evaluation_of(parts.values())
    if found is None:
        return _of_numbers_or_masks(parts)
    return {"accuracy": accuracy_figure(found), "confusion": confusion_figure(found),
            "reliability": reliability_figure(found)}  # fmt: skip


def _of_numbers_or_masks(parts: Mapping[int, Part]) -> dict[str, Figure]:
    numbers, masks = regression_of(parts.values()), overlap_of(parts.values())
    if numbers is not None:
        names = [f"predicted_{i}" for i in range(len(numbers.names))] if len(numbers.names) > 1 else ["predicted"]
        return {name: predicted_figure(numbers, i) for i, name in enumerate(names)}
    if masks is not None:
        return {"iou": iou_figure(masks), "confusion": pixel_figure(masks)}
    return {}


def predicted_figure(found: Regression, number: int = 0) -> Figure:
    """A number's predicted values over its true ones, a dot a picture, beside the diagonal where both are the same."""
    true, said = found.true[:, number].astype(float), found.predicted[:, number].astype(float)
    score, name = number_scores(found)[number], found.names[number] or "number"
    dots = {"type": "scatter", "mode": "markers", "x": true.round(6).tolist(), "y": said.round(6).tolist(),
            "customdata": [f"picture {n}: {t:.4g}, predicted {s:.4g}, off by {s - t:+.4g}"
                           for n, t, s in zip(found.pictures.tolist(), true, said, strict=True)],
            "marker": {"size": 6, "color": ACCENT, "opacity": 0.6}, "name": "pictures",
            "hovertemplate": "%{customdata}<extra></extra>"}  # fmt: skip
    explained = "" if score.r2 is None else f", R² {score.r2:.3f}"
    figure = chart(f"Predicted and true: {name}", [dots], f"true {name}", f"predicted {name}", height=420,
                   hovermode="closest", showlegend=False, note=f"mean absolute error {score.mae:.4g}{explained}",
                   xaxis_showgrid=True)  # fmt: skip
    low, high = float(min(true.min(), said.min())), float(max(true.max(), said.max()))
    return figure.add_shape(type="line", x0=low, y0=low, x1=high, y1=high,
                            line={"color": INK, "width": 1, "dash": "dash"})  # fmt: skip


def iou_figure(found: Overlap) -> Figure:
    """Intersection over union of each class, over the pixels of all pictures."""
    scores = [score for score in mask_scores(found.cells, found.classes) if score.iou is not None]
    dots = {"type": "scatter", "mode": "markers", "x": [round(score.iou or 0, 5) for score in scores],
            "y": [score.name for score in scores], "marker": {"size": 10, "color": ACCENT}, "name": "IoU",
            "customdata": [f"precision {s.precision:.1%}, recall {s.recall:.1%}, {s.pixels:,} pixels" for s in scores],
            "hovertemplate": "%{y}: IoU %{x:.3f}, %{customdata}<extra></extra>"}  # fmt: skip
    return chart("Intersection over union", [dots], "of the predicted and the true pixels", "",
                 height=110 + 26 * len(scores), hovermode="closest", showlegend=False, xaxis_range=[0, 1.02],
                 xaxis_showgrid=True)  # fmt: skip


def pixel_figure(found: Overlap) -> Figure:
    """Pixels of each true class downwards, what they were taken for to the right."""
    shown = most_confused(found.cells)
    others = [len(found.classes)] if found.cells[:, -1].any() else []
    names = [*found.classes, "no class"]
    traces = [_cells(found.classes, found.cells, shown, [*shown, *others], right) for right in (False, True)]
    axis = {"type": "category", "showgrid": False, "showline": False, "constrain": "domain"}
    return chart("Confusion of pixels", traces, "predicted class", "true class", height=150 + 34 * min(len(shown), 18),
                 hovermode="closest", xaxis=axis | _ticks([names[j] for j in [*shown, *others]]),
                 yaxis=axis | _ticks([names[i] for i in shown]) | {"autorange": "reversed"})  # fmt: skip


def accuracy_figure(found: Evaluation) -> Figure:
    """Accuracy with its 95 % interval beside what it is measured by, on one axis from 0 to 100 %."""
    said = metrics(found)
    rows = {"Always the commonest class": said["commonest"], "Mean confidence": said["confidence"],
            "Mean over classes": said["balanced_accuracy"], "Accuracy": said["accuracy"]}  # fmt: skip
    ends = {"type": "data", "symmetric": False, "array": [0, 0, 0, said["accuracy_high"] - said["accuracy"]],
            "arrayminus": [0, 0, 0, said["accuracy"] - said["accuracy_low"]]}  # fmt: skip
    dots = {"type": "scatter", "mode": "markers", "x": list(rows.values()), "y": list(rows), "error_x": ends,
            "name": "share of the pictures", "marker": {"size": 10, "color": [GREY, GREY, ACCENT, ACCENT]},
            "hovertemplate": "%{y}: %{x:.1%}<extra></extra>"}  # fmt: skip
    return chart("Accuracy", [dots], "share of the pictures", "", height=190, hovermode="closest", showlegend=False,
                 xaxis_range=[0, 1.02], xaxis_tickformat=PERCENT_AXIS, xaxis_showgrid=True)  # fmt: skip


def reliability_figure(found: Evaluation) -> Figure:
    """Accuracy by confidence, beside the diagonal of perfect calibration; and below, how many pictures there are."""
    bins = calibration(found.confidence, found.right)
    there = np.flatnonzero(bins.counts)
    width, sure, right = float(bins.edges[1]), bins.confidence[there], bins.accuracy[there]
    centres = (bins.edges[:-1] + bins.edges[1:])[there] / 2
    many = [f"{number:,} picture{'s' * (number != 1)}" for number in bins.counts[there].tolist()]
    words = [f"{100 * bins.edges[i]:.0f}–{100 * bins.edges[i + 1]:.0f} % confidence: {pictures}, mean confidence "
             f"{bins.confidence[i]:.1%}, accuracy {bins.accuracy[i]:.1%}"
             for i, pictures in zip(there, many, strict=True)]  # fmt: skip
    gaps = np.abs(sure - right).round(5)  # also as data: a bar with a base says where it ends, not how long it is
    common = {"type": "bar", "x": centres.round(4).tolist(), "width": 0.94 * width}
    bars: list[Trace] = [
        common | {"y": right.round(5).tolist(), "name": "accuracy", "marker": {"color": ACCENT}, "customdata": words,
                  "hovertemplate": "%{customdata}<extra></extra>"},
        common | {"y": gaps.tolist(), "base": np.minimum(sure, right).round(5).tolist(),
                  "name": "gap to perfect calibration", "customdata": gaps.tolist(),
                  "hovertemplate": "gap: %{customdata:.1%}<extra></extra>",
                  "marker": {"color": RED, "opacity": 0.45}},
        common | {"y": bins.counts[there].tolist(), "name": "number of pictures", "yaxis": "y2",
                  "marker": {"color": GREY}, "customdata": many, "hovertemplate": "%{customdata}<extra></extra>"},
    ]  # fmt: skip
    figure = chart("Reliability", bars, "confidence", "accuracy", height=380, barmode="overlay",
                   hovermode="x", xaxis={"range": [0, 1], "tickformat": PERCENT_AXIS, "anchor": "y2"},
                   yaxis={"range": [0, 1], "tickformat": PERCENT_AXIS, "hoverformat": PERCENT, "domain": [0.27, 1]},
                   yaxis2={"domain": [0, 0.19], "title": {"text": "pictures"}, "nticks": 3})  # fmt: skip
    return figure.add_shape(type="line", x0=0, y0=0, x1=1, y1=1, line={"color": INK, "width": 1, "dash": "dash"})


def confusion_figure(found: Evaluation, chosen: Cell | None = None) -> Figure:
    """True classes downwards, predictions to the right; of many classes those that are mixed up most.

    Args:
        found: the answers.
        chosen: true and predicted class of the cell to frame.
    """
    cells = confusion(found)
    shown = most_confused(cells)
    columns = [*shown, len(found.classes)] if found.others else shown
    names = [*found.classes, OTHERS]
    rows = [names[i] for i in shown]
    all_of = len(shown) == len(cells)
    note = "" if all_of else f"{len(shown)} of {len(cells)} classes, those mixed up most; the exports have all"
    traces = [_cells(found.classes, cells, shown, columns, right) for right in (False, True)]
    axis = {"type": "category", "showgrid": False, "showline": False, "constrain": "domain"}
    figure = chart(
        "Confusion", traces, "predicted class", "true class", height=150 + 34 * min(len(shown), 18),
        hovermode="closest", note=note, meta={"selected": _name(chosen), "toggles": True},
        xaxis=axis | _ticks([names[j] for j in columns]), yaxis=axis | _ticks(rows) | {"autorange": "reversed"},
    )  # fmt: skip
    if chosen and chosen[0] in shown and chosen[1] in columns:
        row, column = shown.index(chosen[0]), columns.index(chosen[1])
        figure.add_shape(type="rect", x0=column - 0.5, x1=column + 0.5, y0=row - 0.5, y1=row + 0.5,
                         line={"color": INK, "width": 2})  # fmt: skip
    return figure


def _cells(
    classes: Sequence[str], cells: np.ndarray, rows: Sequence[int], columns: Sequence[int], right: bool
) -> Trace:
    """The diagonal or all else, as a heat map; a cell without pictures is left out."""
    heights: list[list[float | None]] = []
    texts: list[list[str]] = []
    told: list[list[list[str]]] = []
    for i in rows:
        of = max(1, int(cells[i].sum()))
        there = [int(cells[i, j]) if cells[i, j] and (i == j) == right else 0 for j in columns]
        # The square root makes one mistake in a hundred visible.
        heights.append([round((n / of) ** 0.5, 4) if n else None for n in there])
        texts.append([f"{n:,}" if n else "" for n in there])
        told.append([[_name((i, j)), f"{pair_words(classes, (i, j))}: {n:,} of {of:,}, {n / of:.1%}"]
                     for j, n in zip(columns, there, strict=True)])  # fmt: skip
    names = [*classes, OTHERS]
    return {"type": "heatmap", "x": [names[j] for j in columns], "y": [names[i] for i in rows], "z": heights,
            "text": texts, "customdata": told, "zmin": 0, "zmax": 1, "showscale": False, "xgap": 1, "ygap": 1,
            "name": "right" if right else "wrong", "hoverongaps": False,
            "colorscale": [[0, PAPER], [1, ACCENT if right else RED]],
            "texttemplate": "%{text}" if len(columns) <= NUMBERED else "",
            "hovertemplate": "%{customdata[1]}<extra></extra>"}  # fmt: skip


def _name(cell: Cell | None) -> str:
    return f"{cell[0]}-{cell[1]}" if cell else ""


def _ticks(names: Sequence[str]) -> dict[str, Any]:
    short = [name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…" for name in names]
    return {"tickvals": list(names), "ticktext": short}


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
