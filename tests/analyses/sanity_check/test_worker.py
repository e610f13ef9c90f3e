"""`sanity_check`: what is randomised when, that the warm model is never touched, and what the curves mean.

Mutations that were tried, each caught: the cascade from the picture up, deletion of the weakest places first.
"""

import gc
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from shared.analyses.sanity_check.figures import check_figures
from shared.analyses.sanity_check.spec import SanityCheck
from shared.results import Part, decode_part, encode_part
from tests.fixtures import tiny_models
from tests.fixtures.explained_models import SIZE, photograph, two_channels
from tests.fixtures.worker_context import context
from worker.analyses.sanity_check import sanity_check
from worker.attribution.deletion import area, random_map
from worker.attribution.explained import explain_model
from worker.attribution.randomised import cascade, random_like, randomise, trained_weights
from worker.attribution.verdicts import rank_correlation, verdict

layers = keras.layers


@pytest.fixture(autouse=True)
def _picture(tmp_path: Path) -> None:
    photograph(tmp_path)


def run(folder: Path, network: keras.Model, finished: frozenset[int] = frozenset(), **fields: Any) -> list[Part]:
    spec = SanityCheck(**{"model": "tiny", "image": "noise", "depths": 3, "points": 5, "draws": 2, **fields})
    known = tiny_models.loaded(network)
    return [i for i in sanity_check(spec, context(folder, finished, tiny=known)) if isinstance(i, Part)]


def weights_of(network: keras.Model) -> list[np.ndarray]:
    return [np.asarray(v).copy() for v in network.variables]


def test_a_part_a_depth_and_the_curves(tmp_path: Path) -> None:
    network = tiny_models.random_convnet(SIZE)
    before = weights_of(network)
    parts = run(tmp_path, network, methods="grad_cam,saliency,guided_backprop", classes="1")
    assert [p.name for p in parts] == ["as trained", "depth 1", "depth 2", "depth 3", "curves"]
    assert [p.facts["randomised"] for p in parts[:-1]] == [[], ["classes"], ["second"], ["first"]]
    assert [p.facts["count"] for p in parts[:-1]] == [0, 1, 2, 3] and parts[3].facts["share"] == 1
    assert {row["class"] for row in (p.facts for p in parts[:-1])} == {1}
    assert len({p.facts["logit"] for p in parts[:-1]}) == 4
    assert all(-1 <= p.facts["maps"][m]["rank"] <= 1 for p in parts[1:-1] for m in ("saliency", "guided_backprop"))
    assert set(parts[-1].facts["verdicts"]) == {"grad_cam", "saliency", "guided_backprop"}
    for part in parts:
        assert decode_part(encode_part(part)).facts == part.facts
    for now, then in zip(weights_of(network), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_the_trained_maps_are_those_of_the_networks_own_weights(tmp_path: Path) -> None:
    part = run(tmp_path, two_channels([[1, 0], [0, 1]]), classes="1")[0]
    green = photograph(tmp_path)[..., 1].astype(np.float32) / 255 - 0.5
    np.testing.assert_allclose(part.arrays["signed_grad_cam"], green / 64, atol=1e-6)


def test_a_run_that_is_dropped_in_the_middle_leaves_the_model_as_it_was(tmp_path: Path) -> None:
    network = tiny_models.random_convnet(SIZE)
    before = weights_of(network)
    items = sanity_check(SanityCheck(model="tiny", image="noise"), context(tmp_path, tiny=tiny_models.loaded(network)))
    while not (isinstance(item := next(items), Part) and item.index == 2):
        pass
    items.close()  # type: ignore[attr-defined]
    gc.collect()
    for now, then in zip(weights_of(network), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_equal_seeds_give_equal_results_and_finished_parts_are_not_stored_again(tmp_path: Path) -> None:
    network = tiny_models.random_convnet(SIZE)
    whole, again, other = (run(tmp_path, network, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(whole[3].arrays["grad_cam"], again[3].arrays["grad_cam"])
    assert whole[-1].facts == again[-1].facts
    assert np.abs(whole[3].arrays["signed_grad_cam"] - other[3].arrays["signed_grad_cam"]).max() > 1e-6
    rest = run(tmp_path, network, frozenset({0, 1, 3}))
    assert [p.index for p in rest] == [2, 4] and rest[-1].facts == whole[-1].facts


def test_the_cascade_goes_from_the_head_down_through_nested_models() -> None:
    explained = explain_model(tiny_models.loaded(tiny_models.nested()), (12, 12))
    assert explained.weighted == ("trunk/backbone/deep", "trunk/backbone/deeper", "head")
    assert cascade(explained, 2) == [("head",), ("trunk/backbone/deeper", "trunk/backbone/deep")]
    assert len(cascade(explained, 9)) == 3 and cascade(explained, 1) == [explained.weighted[::-1]]


def test_random_weights_keep_the_size_of_signals_and_variances_positive() -> None:
    rng = np.random.default_rng(0)
    kernel = rng.normal(0.3, 0.02, (3, 3, 16, 32)).astype(np.float32)
    drawn = random_like(kernel, rng)
    assert drawn.mean() == pytest.approx(0.3, abs=1e-3) and drawn.std() == pytest.approx(0.02, rel=0.05)
    assert abs(np.corrcoef(drawn.ravel(), kernel.ravel())[0, 1]) < 0.1
    variances = rng.random(64).astype(np.float32)
    np.testing.assert_array_equal(np.sort(random_like(variances, rng)), np.sort(variances))


def test_only_the_named_layers_get_other_weights() -> None:
    explained = explain_model(tiny_models.loaded(tiny_models.random_convnet(SIZE)), (SIZE, SIZE))
    weights = trained_weights(explained)
    changed = randomise(explained, weights, ["second"], 0)
    kept = [np.array_equal(a, b) for a, b in zip(weights, changed, strict=True)]
    assert [v.path.split("/")[-2] for v, same in zip(explained.model.network.variables, kept, strict=True)
            if not same][:1] == ["second"] and sum(kept) >= 4  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 400], 1.0),
        ([1, 2, 3, 4], [4, 3, 2, 1], -1.0),
        ([1, 2, 2, 3], [1, 2, 2, 3], 1.0),
        ([1, 2, 2, 3], [1, 2, 3, 2], 0.5),  # equal values share the mean of their ranks: 1, 2.5, 2.5, 4
        ([0, 0, 0, 0], [1, 2, 3, 4], None),
    ],
)
def test_rank_correlation(first: list[int], second: list[int], expected: float | None) -> None:
    found = rank_correlation(np.array(first, float), np.array(second, float))
    assert found == (None if expected is None else pytest.approx(expected))


def test_deleting_what_the_map_points_at_takes_the_class_away_faster_than_noise(tmp_path: Path) -> None:
    part = run(tmp_path, two_channels([[9, -9], [0, 0]], "softmax"), classes="0", points=9)[-1]
    areas = part.facts["areas"]["grad_cam"]
    assert areas["deletion_margin"] > 0 and areas["insertion_margin"] > 0
    assert areas["deletion"] == pytest.approx(area(part.arrays["deletion_grad_cam"]))
    first, last = part.arrays["deletion_grad_cam"][[0, -1]]
    assert last == pytest.approx(0.5, abs=1e-4), "all is grey, and grey says nothing"
    assert part.arrays["insertion_grad_cam"][-1] == pytest.approx(first, abs=1e-5), "all has come back"
    assert part.arrays["deletion_random"].shape == (2, 9)


def test_an_area_is_the_mean_height() -> None:
    assert area(np.float32([1, 1, 1])) == 1 and area(np.float32([1, 0])) == 0.5


def test_a_random_map_is_smooth() -> None:
    noise = random_map((64, 64), np.random.default_rng(0))
    assert np.abs(np.diff(noise, axis=0)).mean() < 0.5 * noise.std()


@pytest.mark.parametrize(
    ("ranks", "deletion", "depends", "counts"),
    [
        ([0.1, -0.4, 0.9], 0.1, "passes", "better"),
        ([-0.9, 0.8, 0.1], 0.9, "fails", "no better"),  # it stays as it is until the lowest layers change
        ([0.6, 0.6], 0.45, "unclear", "unclear"),
        ([None], 0.1, "passes", "better"),
        ([], 0.1, "passes", "better"),
    ],
)
def test_a_verdict_is_a_sentence_with_its_numbers(
    ranks: list[float | None], deletion: float, depends: str, counts: str
) -> None:
    found = verdict("Grad-CAM", ranks, deletion, [0.4, 0.6])
    assert (found["randomisation"], found["deletion"]) == (depends, counts)
    assert found["final_rank"] == (ranks[-1] if ranks else None) and f"{deletion:.3f}" in found["sentence"]


def test_a_number_is_checked_without_a_word_of_classes_and_probabilities(tmp_path: Path) -> None:
    network = keras.Sequential([keras.Input((SIZE, SIZE, 3)), layers.Conv2D(4, 3, activation="relu", name="first"),
                                layers.GlobalAveragePooling2D(), layers.Dense(1, name="age")])  # fmt: skip
    curves = run(tmp_path, network, classes="higher")[-1]
    assert curves.facts["ending"] == "number" and "class" not in curves.facts["verdicts"]["grad_cam"]["sentence"]
    assert "moves the number faster" in verdict("Grad-CAM", [0.9], 0.1, [0.4, 0.6], of_number=True)["sentence"]
    axis = check_figures(curves, "grad_cam")["deletion"]["layout"]["yaxis"]
    assert axis["title"]["text"].startswith("the number") and "%" not in str(axis["tickformat"])
