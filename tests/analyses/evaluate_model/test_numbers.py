"""What answers come to: figures by hand, and scikit-learn's where it has them.

Caught by these tests when tried: rows and columns of the confusion matrix exchanged, a bin that holds its lower edge,
a calibration error that is not weighted by the bins' sizes, mistakes sorted from the least certain.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support

from shared.analyses.evaluate_model.files import confusion_picture
from shared.analyses.evaluate_model.numbers import (
    calibration,
    class_scores,
    confusion,
    evaluation_of,
    likelier_order,
    metrics,
    wilson,
)
from shared.client import write_result
from shared.store import RunRecord
from tests.analyses.evaluate_model.parts import CLASSES, evaluation_parts


def random_answers(seed: int = 0, pictures: int = 300, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities; class 3 is never predicted."""
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet([2.0] * classes, pictures).astype(np.float32)
    probabilities[:, 3] *= 0.01
    return random.integers(0, classes, pictures).astype(np.int32), probabilities / probabilities.sum(1, keepdims=True)


def test_figures_are_those_of_scikit_learn() -> None:
    labels, probabilities = random_answers()
    found = evaluation_of(evaluation_parts(labels, probabilities, classes=("a", "b", "c", "d"), shard=77))
    assert found is not None and len(found) == 300
    predicted = probabilities.argmax(1)
    cells = confusion(found)
    assert np.array_equal(cells, confusion_matrix(labels, predicted))
    wanted = precision_recall_fscore_support(labels, predicted, zero_division=0)
    scores = class_scores(cells, found.classes)
    for number, score in enumerate(scores):
        theirs = [column[number] for column in wanted]
        assert [score.precision, score.recall, score.f1, score.support] == pytest.approx(theirs)
    assert scores[3].predicted == 0 and scores[3].precision == 0
    said = metrics(found)
    assert said["accuracy"] == pytest.approx((labels == predicted).mean(), abs=1e-6)
    assert said["f1"] == pytest.approx(np.mean(wanted[2]), abs=1e-6)
    assert said["balanced_accuracy"] == pytest.approx(np.mean(wanted[1]), abs=1e-6)
    assert said["loss"] == pytest.approx(log_loss(labels, probabilities), abs=1e-4)
    assert said["commonest"] == pytest.approx(np.bincount(labels).max() / 300, abs=1e-6)


def test_the_calibration_error_by_hand() -> None:
    """Two bins of five: 0.55 twice, one right; 0.9 three times, all right. The error is 2/5·0.05 + 3/5·0.1."""
    confidence = np.array([0.55, 0.55, 0.9, 0.9, 0.9])
    right = np.array([True, False, True, True, True])
    found = calibration(confidence, right, bins=10)
    assert found.error == pytest.approx(0.4 * 0.05 + 0.6 * 0.1)
    assert found.counts.tolist() == [0, 0, 0, 0, 0, 2, 0, 0, 3, 0]
    assert found.accuracy[5] == 0.5 and found.confidence[8] == pytest.approx(0.9)


def test_a_bin_holds_its_upper_edge() -> None:
    assert calibration(np.array([0.5, 1.0, 0.0]), np.ones(3, bool), bins=2).counts.tolist() == [2, 1]


def test_a_network_that_may_be_taken_at_its_word_has_no_error() -> None:
    random = np.random.default_rng(1)
    confidence = random.uniform(0, 1, 200_000)
    right = random.uniform(0, 1, 200_000) < confidence
    assert calibration(confidence, right).error < 0.01
    assert calibration(np.sqrt(confidence), right).error > 0.1  # says more than it knows


def test_wilsons_interval() -> None:
    """8 of 10: 0.490 to 0.943, as in Brown, Cai, DasGupta, "Interval Estimation for a Binomial Proportion", 2001."""
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    low, high = wilson(20, 20)
    assert 0.8 < low < 0.86 and high == pytest.approx(1.0)
    assert wilson(0, 0) == (0.0, 1.0)


def test_cells_and_mistakes_come_with_the_surest_first() -> None:
    labels = np.array([0, 0, 1, 1, 0], np.int32)
    probabilities = np.array([[0.4, 0.6], [0.1, 0.9], [0.2, 0.8], [0.7, 0.3], [0.8, 0.2]], np.float32)
    found = evaluation_of(evaluation_parts(labels, probabilities, classes=("a", "b"), shard=2))
    assert found is not None
    assert found.rows().tolist() == [1, 3, 0]
    assert found.rows(0, 1).tolist() == [1, 0] and found.rows(1, 1).tolist() == [2]
    assert [found.answer_name(i) for i in (1, 3)] == ["b", "a"]


def test_answers_that_are_no_class_have_a_column_and_a_name() -> None:
    labels = np.array([0, 1, 1], np.int32)
    probabilities = np.array([[0.1, 0.2, 0.7], [0.1, 0.8, 0.1], [0.0, 0.1, 0.9]], np.float32)
    found = evaluation_of(evaluation_parts(labels, probabilities, classes=("a", "b"), named={2: "tabby"}))
    assert found is not None
    assert confusion(found).tolist() == [[0, 0, 1], [0, 1, 1]]
    assert found.answer_name(0) == "tabby" and not found.right[0]
    assert [score.recall for score in class_scores(confusion(found), found.classes)] == [0, 0.5]


def test_exchanged_classes_are_noticed() -> None:
    cells = np.array([[1, 30, 0], [28, 2, 0], [0, 1, 29]])
    assert likelier_order(cells) == [1, 0, 2]
    assert likelier_order(cells[[1, 0, 2]]) is None  # rightly named
    assert likelier_order(np.array([[10, 12], [11, 9]])) is None  # knows nothing
    assert likelier_order(np.array([[2, 8, 0], [9, 1, 0], [9, 1, 0]])) is None  # two classes taken for one


def test_no_parts_are_no_evaluation() -> None:
    assert evaluation_of([]) is None


# Files


def test_the_files_of_an_evaluation(tmp_path: Path) -> None:
    labels, probabilities = random_answers()
    parts = {
        part.index: part for part in evaluation_parts(labels, probabilities, classes=("a", "b", "c", "d"), shard=100)
    }
    run = RunRecord("evaluate_model-v1-x", "complete", kind="evaluate_model")
    write_result(tmp_path, run, parts)
    assert {path.name for path in tmp_path.iterdir()} == {"confusion.png", "evaluation.json", "arrays.npz",
                                                          "manifest.json"}  # fmt: skip
    with np.load(tmp_path / "arrays.npz") as arrays:
        assert np.array_equal(arrays["probabilities"], probabilities) and np.array_equal(arrays["labels"], labels)
        assert np.array_equal(arrays["pictures"], np.arange(300) + 1000)
        assert arrays["classes"].tolist() == ["a", "b", "c", "d"]
    said = json.loads((tmp_path / "evaluation.json").read_text())
    assert said["metrics"]["pictures"] == 300 and len(said["classes"]) == 4
    assert sum(row["pictures"] for row in said["calibration"]) == 300
    assert np.array(said["confusion"]).sum() == 300


def test_a_cancelled_run_without_parts_writes_only_its_manifest(tmp_path: Path) -> None:
    write_result(tmp_path, RunRecord("evaluate_model-v1-x", "cancelled", kind="evaluate_model"), {})
    assert [path.name for path in tmp_path.iterdir()] == ["manifest.json"]


def test_the_picture_shades_a_row_by_its_shares() -> None:
    picture = confusion_picture(np.diag([50] * 60), [f"class {i}" for i in range(60)])
    assert picture.shape == (240, 240, 3)  # too many to be named
    right, nothing = picture[0, 0].astype(int), picture[0, -1]
    assert right[2] > right[0] + 60 and (nothing == 255).all()
    wide = confusion_picture(np.array([[3, 1, 0], [0, 2, 2]]), CLASSES[:2])
    tall = confusion_picture(np.array([[3, 1, 0], [0, 2, 2]]), ("a" * 60, "b"))
    assert wide.shape[2] == 3 and tall.shape[1] > wide.shape[1]
    assert Image.fromarray(wide).getcolors(100_000)
