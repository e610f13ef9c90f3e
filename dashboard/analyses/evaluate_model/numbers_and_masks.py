"""An evaluation on a data set of numbers or of masks: how far off, how far masks overlap, and the worst pictures."""

from collections.abc import Sequence

import streamlit as st

from dashboard.analyses.evaluate_model.choices import PICTURE
from dashboard.server.connection import get_client
from dashboard.widgets.address import remember_choice
from dashboard.widgets.charts import charts
from dashboard.widgets.dataset_pictures import COLUMNS, EDGE, MOST, pictures_url
from dashboard.widgets.picture_grid import GridPicture, picture_grid
from dashboard.widgets.text import count, fixed, percent, short
from shared.analyses.evaluate_model.figures import iou_figure, pixel_figure, predicted_figure
from shared.analyses.evaluate_model.overlap import Overlap, mask_scores, overlap_metrics, overlap_of
from shared.analyses.evaluate_model.regression import Regression, number_scores, regression_of
from shared.results import decode_part
from shared.store import RunRecord


def draw_numbers_or_masks(run: RunRecord) -> None:
    """Draw what there is so far; nothing while there are no parts."""
    parts = [decode_part(data) for _, data in sorted(get_client().results.parts(run.key).items())]
    numbers, masks = regression_of(parts), overlap_of(parts)
    if numbers is not None:
        _numbers(run, numbers)
    elif masks is not None:
        _masks(run, masks)


def _numbers(run: RunRecord, found: Regression) -> None:
    for number, score in enumerate(number_scores(found)):
        r2 = "–" if score.r2 is None else fixed(score.r2, 3)
        of = f"{score.name or 'The number'}, {count(len(found), 'picture')}. "
        _metrics((
            ("Mean absolute error", short(score.mae), f"{of}Always saying the median: {short(score.baseline)}."),
            ("R²", r2, "1 is perfect; 0 is as good as always saying the mean; below 0 is worse."),
            ("Bias", short(score.bias), "Mean of predicted less true: above 0 it says too much."),
        ))  # fmt: skip
        charts(f"predicted-{number}", [predicted_figure(found, number)], view=run.key)
        rows = found.worst(number)[:MOST]
        items = [
            (int(found.pictures[i]), short(float(found.predicted[i, number])),
             f"true {short(float(found.true[i, number]))}, predicted {short(float(found.predicted[i, number]))}")
            for i in rows
        ]  # fmt: skip
        _pictures(run, f"worst-{number}", "The largest errors", items)


def _masks(run: RunRecord, found: Overlap) -> None:
    said = overlap_metrics(found)
    mean = "–" if said["mean_iou"] is None else fixed(said["mean_iou"], 3)
    _metrics((
        ("Mean IoU", mean, f"Over the classes, of {count(len(found), 'picture')} together: predicted and true pixels, "
         "their intersection over their union."),
        ("Pixels right", percent(said["pixel_accuracy"]), "Of all pixels; a large background makes this easy."),
    ))  # fmt: skip
    left, right = st.columns([1, 1.2], gap="medium")
    with left:
        charts("iou", [iou_figure(found)], view=run.key)
    with right:
        charts("pixels", [pixel_figure(found)], view=run.key)
    scores = mask_scores(found.cells, found.classes)
    st.dataframe(
        {"Class": [s.name for s in scores], "IoU": [s.iou for s in scores], "Dice": [s.dice for s in scores],
         "Precision": [s.precision for s in scores], "Recall": [s.recall for s in scores],
         "Pixels": [s.pixels for s in scores]}, hide_index=True, width="stretch",
    )  # fmt: skip
    rows = found.worst()[:MOST]
    items = [(int(found.pictures[i]), _overlaps(found, int(i)), _overlaps(found, int(i))) for i in rows]
    _pictures(run, "worst-masks", "The smallest overlaps", items)


def _overlaps(found: Overlap, row: int) -> str:
    there = [
        f"{name} {fixed(value)}" for name, value in zip(found.classes, found.iou[row], strict=True) if value == value
    ]
    return ", ".join(there[-2:])


def _metrics(rows: Sequence[tuple[str, str, str]]) -> None:
    for column, (title, value, words) in zip(st.columns(len(rows)), rows, strict=True):
        with column:
            st.metric(title, value)
            st.caption(words)


def _pictures(run: RunRecord, key: str, title: str, items: Sequence[tuple[int, str, str]]) -> None:
    """The worst pictures; a click goes into the address."""
    shown = [GridPicture(str(number), name, words) for number, name, words in items]
    picture_grid(key, pictures_url(str(run.fields["dataset"]), [number for number, _, _ in items]), shown,
                 columns=COLUMNS, edge=EDGE, title=title, note="the worst first", tile=88, named=True,
                 selected=st.query_params.get(PICTURE, ""),
                 choose=lambda value: remember_choice(PICTURE, value))  # fmt: skip
