"""Heat maps of outputs of every kind: one of several, numbers, masks (Seg-Grad-CAM), several networks' mean."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from dashboard.analyses.attribution.classes import classes_data
from shared.analyses.attribution.parts import METHOD, PICTURE
from shared.analyses.attribution.spec import Attribution
from shared.analyses.sanity_check.spec import SanityCheck
from shared.errors import InvalidSpec
from shared.library import ModelCard
from shared.results import Part
from shared.store import RunRecord
from tests.fixtures import tiny_models
from tests.fixtures.explained_models import SIZE, explained, photograph, two_channels
from tests.fixtures.worker_context import context
from worker.analyses.sanity_check import sanity_check
from worker.networks.models import LoadedModel

layers = keras.layers
WEIGHTS = np.float32([[1.0, -2.0, 0.5], [0.5, 1.0, -1.0]])


@pytest.fixture
def pixels(tmp_path: Path) -> np.ndarray:
    """The picture "noise", float32 (height, width, 3) in [0, 1]."""
    return photograph(tmp_path).astype(np.float32) / 255


def body() -> tuple[Any, Any]:
    """Picture, and two channels: red − 0.5 and green − 0.5."""
    picture = keras.Input((SIZE, SIZE, 3))
    return picture, layers.Conv2D(2, 1, name="channels")(picture)


def weighed(model: keras.Model, **weights: np.ndarray) -> keras.Model:
    model.get_layer("channels").set_weights(
        [np.float32([[1, 0], [0, 1], [0, 0]]).reshape(1, 1, 3, 2), np.float32([-0.5, -0.5])]
    )
    for name, kernel in weights.items():
        layer = model.get_layer(name)
        layer.set_weights([kernel.reshape(layer.kernel.shape), np.zeros(kernel.shape[-1], np.float32)])
    return model


def channels(pixels: np.ndarray) -> np.ndarray:
    return pixels[..., :2] - 0.5


def named(network: keras.Model, *labels: str, **own: tuple[str, ...]) -> LoadedModel:
    known = tiny_models.loaded(network)
    object.__setattr__(known, "labels", labels)
    object.__setattr__(known, "card", ModelCard(labels=labels, output_labels=own))
    return known


def two_outputs() -> keras.Model:
    picture, maps = body()
    seen = layers.GlobalAveragePooling2D()(maps)
    outputs = {"kind": layers.Dense(3, "softmax", name="a")(seen), "age": layers.Dense(1, "softplus", name="b")(seen)}
    return weighed(keras.Model(picture, outputs), a=WEIGHTS, b=np.float32([[2.0], [-1.0]]))


def cam(parts: list[Part], index: int = 1) -> np.ndarray:
    arrays = METHOD.read_arrays(parts[index])
    return np.asarray(arrays.get("signed", arrays["maps"]))


def test_an_output_is_chosen_by_name(tmp_path: Path, pixels: np.ndarray) -> None:
    known, maps = named(two_outputs(), kind=("ant", "bee", "cat")), channels(pixels)
    for number in range(3):
        parts = explained(tmp_path, known, model_output="kind", classes=[number])
        np.testing.assert_allclose(cam(parts)[0], maps @ WEIGHTS[:, number] / SIZE**2, atol=1e-6)
    facts = PICTURE.read(parts[0])
    assert [one["output"] for one in facts["outputs"]] == ["age", "kind"] and facts["output"]["output"] == "kind"
    assert [row["name"] for row in facts["classes"]] == ["cat"]
    np.testing.assert_allclose(parts[0].arrays["probabilities"], known.network(pixels[None])["kind"][0], atol=1e-4)
    with pytest.raises(InvalidSpec, match=r"colour.*(age|kind)"):
        explained(tmp_path, known, model_output="colour")


@pytest.mark.parametrize(("way", "sign"), [("higher", 1), ("lower", -1)])
def test_a_number_has_a_map_of_what_raises_and_one_of_what_lowers_it(
    tmp_path: Path, pixels: np.ndarray, way: str, sign: int
) -> None:
    known = named(two_outputs(), age=("age (years)",))
    parts = explained(tmp_path, known, model_output="age", classes=[way])
    expected = sign * channels(pixels) @ np.float32([2.0, -1.0]) / SIZE**2
    np.testing.assert_allclose(cam(parts)[0], expected, atol=1e-6)
    np.testing.assert_allclose(parts[1].arrays["maps"][0], np.maximum(expected, 0), atol=1e-6)
    facts = PICTURE.read(parts[0])
    assert facts["ending"] == "number" and facts["top"] == [] and facts["saturation"] is None
    row, number = facts["classes"][0], facts["numbers"][0]
    assert row["probability"] is None and row["name"] == f"age (years) {way}"
    assert way in row["explained"] and "before its softplus" in row["explained"]
    assert (number["name"], number["unit"]) == ("age", "years")
    assert number["value"] == pytest.approx(float(known.network(pixels[None])["age"][0, 0]), abs=1e-4)
    assert "probabilities" not in parts[0].arrays


def test_a_number_is_explained_for_higher_where_nothing_is_asked(tmp_path: Path, pixels: np.ndarray) -> None:
    facts = PICTURE.read(explained(tmp_path, two_channels([[1.0], [-1.0]]))[0])
    assert [(row["class"], row["name"]) for row in facts["classes"]] == [(0, "higher")]


def test_every_method_explains_a_number(tmp_path: Path, pixels: np.ndarray) -> None:
    methods = "grad_cam,score_cam,occlusion,integrated_gradients,saliency,guided_backprop"
    parts = explained(tmp_path, two_channels([[1.0], [-1.0]]), methods=methods, steps=8)
    assert len(parts) == 7 and all(np.isfinite(part.arrays["maps"]).all() for part in parts[1:])
    row = parts[4].facts["maps"][0]
    assert row["sum"] == pytest.approx(row["difference"], abs=1e-4), "its gradients add up to the number's change"


def mask_network(activation: str = "softmax", units: int = 3) -> keras.Model:
    picture, maps = body()
    network = keras.Model(picture, layers.Conv2D(units, 1, activation=activation, name="mask")(maps))
    return weighed(network, mask=WEIGHTS[:, :units])


def regions() -> dict[str, Any]:
    """What is asked, to bool (height, width) from the logits of class 1."""
    box = np.zeros((SIZE, SIZE), bool)
    box[1:3, 2:7] = True
    pixel = np.zeros((SIZE, SIZE), bool)
    pixel[5, 3] = True
    return {
        "mask": lambda logits: logits.argmax(-1) == 1, "whole": lambda logits: np.ones((SIZE, SIZE), bool),
        "2,1,5,2": lambda logits: box, "3,5": lambda logits: pixel,
    }  # fmt: skip


@pytest.mark.parametrize("asked", regions())
def test_a_class_of_a_mask_is_its_mean_logit_over_a_region(tmp_path: Path, pixels: np.ndarray, asked: str) -> None:
    """Vinogradova et al. 2020; HiResCAM shows the region itself, Grad-CAM spreads it over the map."""
    maps = channels(pixels)
    logits = maps @ WEIGHTS
    there = regions()[asked](logits)
    known, fields = named(mask_network(), "sky", "road", "tree"), {"region": asked, "classes": ["road"]}
    parts = explained(tmp_path, known, methods="grad_cam,hires_cam", layers="channels", **fields)
    np.testing.assert_allclose(cam(parts, 1)[0], logits[..., 1] / SIZE**2, atol=1e-6)
    np.testing.assert_allclose(cam(parts, 2)[0], np.where(there, logits[..., 1], 0) / there.sum(), atol=1e-5)
    facts = PICTURE.read(parts[0])
    assert facts["classes"][0]["logit"] == pytest.approx(float(logits[there, 1].mean()), abs=1e-4)
    assert facts["regions"][0]["positions"] == there.sum()
    np.testing.assert_array_equal(parts[0].arrays["mask"], logits.argmax(-1))
    assert parts[0].pictures["mask"].shape == (SIZE, SIZE, 3)
    shares = {row["class"]: row["probability"] for row in facts["top"]}
    assert shares[1] == pytest.approx(float((logits.argmax(-1) == 1).mean()))


def test_of_a_mask_the_largest_class_is_explained_that_is_not_what_lies_around(
    tmp_path: Path, pixels: np.ndarray
) -> None:
    areas = np.bincount((channels(pixels) @ WEIGHTS).argmax(-1).ravel(), minlength=3)
    facts = PICTURE.read(explained(tmp_path, mask_network())[0])
    assert facts["classes"][0]["class"] == 1 + int(areas[1:].argmax()) and facts["classes"][0]["rank"] == 1
    binary = PICTURE.read(explained(tmp_path, mask_network("sigmoid", 1))[0])
    assert binary["classes"][0]["class"] == 1 and "before its sigmoid" in binary["classes"][0]["explained"]


def test_a_class_that_is_predicted_nowhere_is_explained_over_the_whole_picture(
    tmp_path: Path, pixels: np.ndarray
) -> None:
    network = mask_network()
    kernel, _ = network.get_layer("mask").get_weights()
    network.get_layer("mask").set_weights([kernel, np.float32([50, 0, 0])])
    facts = PICTURE.read(explained(tmp_path, network, classes=[2])[0])
    assert facts["regions"][0]["positions"] == SIZE**2 and "nowhere" in facts["classes"][0]["explained"]


def test_a_region_outside_of_the_picture_is_refused(tmp_path: Path, pixels: np.ndarray) -> None:
    with pytest.raises(InvalidSpec, match=r"within the picture of 8 × 8.*7,7,2,2"):
        explained(tmp_path, mask_network(), region="7,7,2,2")
    for wrong in ("mask,1", "1,2,0,3", "-1,2", "centre"):
        with pytest.raises(InvalidSpec, match=r"expected|right"):
            Attribution.from_fields({"model": "tiny", "image": "noise", "region": wrong})


@pytest.mark.parametrize("method", ["score_cam", "occlusion", "integrated_gradients", "saliency", "eigen_cam"])
def test_other_methods_explain_the_same_region(tmp_path: Path, pixels: np.ndarray, method: str) -> None:
    part = explained(
        tmp_path, mask_network(), methods=method, region="2,1,5,2", classes=[1], layers="channels", steps=8
    )[1]
    assert np.isfinite(part.arrays["maps"]).all() and np.abs(part.arrays["maps"]).max() > 0
    if method == "saliency":
        outside = part.arrays["maps"][0].copy()
        outside[1:3, 2:7] = 0
        assert np.abs(outside).max() == 0, (
            "pixels outside of the box cannot change what a 1 × 1 convolution says inside"
        )


def test_the_mean_of_several_networks_is_explained_and_said(tmp_path: Path, pixels: np.ndarray) -> None:
    picture, maps = body()
    seen = layers.GlobalAveragePooling2D()(maps)
    members = [layers.Dense(3, "softmax", name=name)(seen) for name in ("one", "two")]
    other = np.float32([[0.0, 1.0, 1.0], [2.0, 0.0, 1.0]])
    network = weighed(keras.Model(picture, layers.Average()(members)), one=WEIGHTS, two=other)
    parts = explained(tmp_path, network, classes=[1])
    expected = channels(pixels) @ ((WEIGHTS + other) / 2)[:, 1] / SIZE**2
    np.testing.assert_allclose(cam(parts)[0], expected, atol=1e-6)
    assert "mean of 2 networks, each before its softmax" in PICTURE.read(parts[0])["classes"][0]["explained"]
    np.testing.assert_allclose(parts[0].arrays["probabilities"], network(pixels[None])[0], atol=1e-5)


@pytest.mark.parametrize("make", [mask_network, lambda: two_channels([[1.0], [-1.0]])])
def test_a_sanity_check_runs_on_them(tmp_path: Path, pixels: np.ndarray, make: Any) -> None:
    spec = SanityCheck(model="tiny", image="noise", depths=1, points=3, draws=1)
    items = sanity_check(spec, context(tmp_path, tiny=tiny_models.loaded(make())))
    assert len([item for item in items if isinstance(item, Part)]) == 3


def shown(part: Part) -> dict[str, Any]:
    """What the page shows beside the maps."""
    return classes_data(RunRecord("attribution-v1-0", kind="attribution"), "noise", 0, PICTURE.read(part))


def test_the_page_offers_both_ways_of_a_number_with_its_unit_and_no_probability(
    tmp_path: Path, pixels: np.ndarray
) -> None:
    known = named(two_outputs(), age=("age (years)",))
    data = shown(explained(tmp_path, known, model_output="age")[0])
    value = f"{float(known.network(pixels[None])['age'][0, 0]):.4g} years"
    assert [(row["class"], row["share"], row["probability"], row["chosen"]) for row in data["rows"]] == [
        (0, value, 0, True), (1, value, 0, False)]  # fmt: skip
    assert "no probability" in data["ending"] and "%" not in str(data["rows"])


def test_the_page_shows_a_mask_its_classes_by_area_and_what_was_assumed(tmp_path: Path, pixels: np.ndarray) -> None:
    data = shown(explained(tmp_path, named(mask_network(), "sky", "road", "tree"), classes=["road"])[0])
    assert data["mask"].endswith("/mask.png") and "road: its predicted mask" in data["ending"]
    colours = {row["name"]: row["colour"] for row in data["rows"]}
    assert colours["sky"] == "" and len({colours["road"], colours["tree"], ""}) == 3
    assert "Assumed classes" in shown(explained(tmp_path, mask_network("linear"))[0])["ending"]
