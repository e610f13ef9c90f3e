"""An evaluation's figures: their traces are the answers' numbers, counted here by hand."""

import numpy as np
import pytest

from shared.analyses.evaluate_model.figures import (
    accuracy_figure,
    confusion_figure,
    figures,
    most_confused,
    reliability_figure,
)
from shared.analyses.evaluate_model.numbers import Evaluation, evaluation_of
from tests.analyses.evaluate_model.parts import evaluation_parts

LABELS = np.array([0, 0, 0, 1, 1, 2], np.int32)
# Five answers for three classes: the last two are none of them.
ODDS = np.array([[0.9, 0.1, 0, 0, 0], [0.58, 0.42, 0, 0, 0], [0.2, 0.7, 0.1, 0, 0], [0, 0.95, 0.05, 0, 0],
                 [0.1, 0.1, 0.1, 0.7, 0], [0, 0, 0.98, 0.01, 0.01]], np.float32)  # fmt: skip


@pytest.fixture
def found() -> Evaluation:
    answers = evaluation_of(evaluation_parts(LABELS, ODDS, classes=("cat", "dog", "owl")))
    assert answers is not None
    return answers


def cells(figure: object) -> dict[tuple[str, str], tuple[str, str, str]]:
    """By true and said class: the number written, the cell's name, and the trace it is in."""
    return {
        (true, said): (trace.text[i][j], trace.customdata[i][j][0], trace.name)
        for trace in figure.data  # type: ignore[attr-defined]
        for i, true in enumerate(trace.y)
        for j, said in enumerate(trace.x)
        if trace.z[i][j] is not None
    }


def test_the_matrix_counts_and_tells_right_from_wrong(found: Evaluation) -> None:
    figure = confusion_figure(found, (0, 1))
    assert cells(figure) == {
        ("cat", "cat"): ("2", "0-0", "right"), ("cat", "dog"): ("1", "0-1", "wrong"),
        ("dog", "dog"): ("1", "1-1", "right"), ("dog", "another class"): ("1", "1-3", "wrong"),
        ("owl", "owl"): ("1", "2-2", "right"),
    }  # fmt: skip
    wrong, right = figure.data
    assert right.z[0][0] == pytest.approx((2 / 3) ** 0.5, abs=1e-4) and wrong.customdata[0][1][1] == (
        "cat taken for dog: 1 of 3, 33.3%")  # fmt: skip
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("predicted class", "true class")
    [frame] = figure.layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (0.5, 1.5, -0.5, 0.5), "around cat, taken for dog"
    assert figure.layout.meta["selected"] == "0-1" and not confusion_figure(found).layout.shapes


def test_reliability_has_a_bar_a_bin_that_is_not_empty(found: Evaluation) -> None:
    figure = reliability_figure(found)
    right, away, counts = figure.data
    # Bins of a fifteenth: 0.58 lies in (8/15, 9/15], 0.7 twice in (10/15, 11/15], 0.9 in (13/15, 14/15], 0.95 and 0.98.
    assert counts.y == (1, 2, 1, 2) and right.y == (1, 0, 1, 1)
    np.testing.assert_allclose(away.y, [0.42, 0.7, 0.1, 0.035], atol=1e-4)
    assert away.customdata == away.y and "customdata" in away.hovertemplate
    np.testing.assert_allclose(right.x, [8.5 / 15, 10.5 / 15, 13.5 / 15, 14.5 / 15], atol=1e-4)
    assert "67–73 % confidence: 2 pictures, mean confidence 70.0%, accuracy 0.0%" in right.customdata
    assert figure.layout.yaxis.title.text == "accuracy"


def test_accuracy_stands_beside_what_it_is_measured_by(found: Evaluation) -> None:
    [dots] = accuracy_figure(found).data
    rows = dict(zip(dots.y, dots.x, strict=True))
    assert rows["Accuracy"] == pytest.approx(4 / 6, abs=1e-6)
    assert rows["Always the commonest class"] == pytest.approx(3 / 6)
    assert rows["Mean over classes"] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3, abs=1e-6)
    place = dots.y.index("Accuracy")
    low, high = rows["Accuracy"] - dots.error_x.arrayminus[place], rows["Accuracy"] + dots.error_x.array[place]
    assert 0 < low < rows["Accuracy"] < high < 1 and sum(dots.error_x.array) == dots.error_x.array[place]


def test_of_many_classes_those_that_are_mixed_up_most_are_shown() -> None:
    cells = np.diag(np.full(50, 20))
    cells[7, 41] = 9
    cells[30, 2] = 4
    assert most_confused(cells, most=4) == [2, 7, 30, 41]
    assert most_confused(cells[:5, :5]) == list(range(5))


def test_of_forty_classes_thirty_are_drawn_without_numbers_and_that_is_said() -> None:
    labels = np.arange(80, dtype=np.int32) % 40
    probabilities = np.eye(40, dtype=np.float32)[(labels + (np.arange(80) < 30)) % 40]
    answers = evaluation_of(evaluation_parts(labels, probabilities, classes=[f"class {i}" for i in range(40)]))
    assert answers is not None
    figure = confusion_figure(answers)
    assert len(figure.data[0].y) == 30 and not figure.data[0].texttemplate
    assert "30 of 40 classes, those mixed up most" in figure.layout.title.subtitle.text


def test_a_notebook_gets_all_three_and_nothing_of_an_empty_run() -> None:
    parts = {part.index: part for part in evaluation_parts(LABELS, ODDS[:, :3], classes=("cat", "dog", "owl"))}
    assert list(figures({}, parts)) == ["accuracy", "confusion", "reliability"] and figures({}, {}) == {}
