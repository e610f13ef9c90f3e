"""Figures of numbers and of masks, against what NumPy counts by hand."""

from typing import Any

import numpy as np
import pytest

from shared.analyses.evaluate_model.figures import figures
from shared.analyses.evaluate_model.files import blocks, files
from shared.analyses.evaluate_model.metrics import all_metrics
from shared.analyses.evaluate_model.overlap import mask_scores, overlap_of
from shared.analyses.evaluate_model.parts import NUMBERS
from shared.analyses.evaluate_model.regression import number_scores, regression_of
from shared.store import RunRecord
from tests.analyses.evaluate_model.parts import MASK, SAID, SAID_MASK, TRUE, mask_parts, number_parts


def test_errors_and_what_is_explained_of_each_number() -> None:
    found = regression_of(number_parts().values())
    assert found is not None and len(found) == 20
    for i, score in enumerate(number_scores(found)):
        true, said = TRUE[:, i].astype(float), SAID[:, i].astype(float)
        assert score.mae == pytest.approx(np.mean(np.abs(said - true)))
        assert score.rmse == pytest.approx(np.sqrt(np.mean((said - true) ** 2)))
        assert score.bias == pytest.approx(np.mean(said - true))
        assert score.r2 == pytest.approx(1 - np.var(said - true) / np.var(true) - score.bias**2 / np.var(true))
        assert score.baseline == pytest.approx(np.mean(np.abs(true - np.median(true))))
    assert all_metrics(number_parts().values())["mae_size"] == pytest.approx(np.abs(SAID - TRUE)[:, 1].mean(), abs=1e-5)
    assert abs(SAID - TRUE)[found.worst(0)[0], 0] == abs(SAID - TRUE)[:, 0].max()


def test_where_all_true_values_are_the_same_nothing_is_explained() -> None:
    arrays: Any = {"true": np.ones((3, 1), np.float32), "predicted": np.zeros((3, 1), np.float32),
                   "pictures": np.arange(3, dtype=np.int32)}  # fmt: skip
    part = NUMBERS.part(0, "", facts={"names": ["age"], "height": 8, "width": 8}, arrays=arrays)
    assert all_metrics([part]) == {"pictures": 3, "mae": 1.0, "rmse": 1.0, "r2": None}


def test_intersection_over_union_of_each_class_over_all_pixels() -> None:
    found = overlap_of(mask_parts().values())
    assert found is not None
    counted = MASK != 255
    for number, score in enumerate(mask_scores(found.cells, found.classes)):
        true, said = (number == MASK) & counted, (number == SAID_MASK) & counted
        assert score.iou == pytest.approx((true & said).sum() / (true | said).sum())
        assert score.dice == pytest.approx(2 * (true & said).sum() / (true.sum() + said.sum()))
        assert score.precision == pytest.approx((true & said).sum() / said.sum())
        assert score.recall == pytest.approx((true & said).sum() / true.sum())
    assert found.cells[:, 3].sum() == 5 and found.cells.sum() == counted.sum()
    assert np.isnan(found.iou[2, 2]), "neither mask of the third picture has a tree"
    said = all_metrics(mask_parts().values())
    assert said["pixel_accuracy"] == pytest.approx(((MASK == SAID_MASK) & counted).sum() / counted.sum(), abs=1e-6)
    assert said["mean_iou"] == pytest.approx(np.mean([said[f"iou_{name}"] for name in found.classes]), abs=1e-6)


@pytest.mark.parametrize(
    ("parts", "names"), [(number_parts, {"predicted_0", "predicted_1"}), (mask_parts, {"iou", "confusion"})]
)
def test_they_have_figures_files_and_tables(parts: Any, names: set[str]) -> None:
    drawn = figures({}, parts())
    assert set(drawn) == names and all(len(one.data) for one in drawn.values())
    written = dict(files(RunRecord("x"), parts()))
    assert {"evaluation.json", "arrays.npz"} <= written.keys()
    assert written["evaluation.json"]["metrics"] == all_metrics(parts().values())
    assert len(blocks(RunRecord("x"), parts())) == 2


def test_a_dot_a_picture_stands_where_true_and_predicted_say() -> None:
    dots = figures({}, number_parts())["predicted_0"].data[0]
    np.testing.assert_allclose(dots.x, TRUE[:, 0], atol=1e-5)
    np.testing.assert_allclose(dots.y, SAID[:, 0], atol=1e-5)


def test_nothing_comes_of_no_parts() -> None:
    assert all_metrics([]) == {} and figures({}, {}) == {} and list(files(RunRecord("x"), {})) == []
