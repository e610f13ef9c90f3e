"""concepts: a network that goes by one patch is found out, and every number is that of a plain computation.

Caught by these tests when tried: a total index without its half, regions that are put at the picture's own place and
not at the source's, painting over that leaves the region's edge, frequencies of the two halves mixed up.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from scipy.optimize import nnls

from shared.analyses.concepts.numbers import Found, found_of, suspicion
from shared.analyses.concepts.parts import BANK, CONCEPT
from shared.analyses.concepts.spec import Concepts
from shared.errors import InvalidSpec, UnknownLayer
from shared.library.datasets.splits import Shares
from shared.results import Part, decode_part, encode_part
from tests.fixtures.small_datasets import encoded, write_folder
from tests.fixtures.tiny_models import loaded
from tests.fixtures.worker_context import context
from worker.analyses.concepts import analysis
from worker.analyses.concepts.bank import coefficients, crop_corners, find_bank, matched_cosines
from worker.analyses.concepts.importance import importance, sobol_masks, total_indices
from worker.analyses.concepts.regions import (
    constancy,
    distance_from_middle,
    filled,
    outside_share,
    regions,
    threshold,
    transplanted,
)

layers = keras.layers
SIZE, EACH, SIDE = 16, 50, 3
WITH = {"cat": 45, "dog": 5}


def planted(number: int, label: str, patch: bool) -> np.ndarray:
    """A grey picture of soft noise, uint8; with a magenta patch near a corner where it is asked for."""
    random = np.random.default_rng([number, len(label), ord(label[0])])
    picture = random.integers(90, 150, (SIZE, SIZE, 3), dtype=np.uint8)
    if patch:
        top, left = (1 + (SIZE - 5) * int(random.integers(2)) for _ in range(2))
        picture[top : top + SIDE, left : left + SIDE] = (255, 0, 255)
    return picture


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the data set "pets": nine cats in ten have a patch, and one dog in ten; all in the test split."""
    place = tmp_path_factory.mktemp("concepts")
    files = {
        f"test/{label}/{i:02d}.png": encoded(planted(i, label, i < many)) for label, many in WITH.items()
        for i in range(EACH)
    }  # fmt: skip
    for split in ("train", "validation"):
        files |= {f"{split}/{label}/0.png": encoded(planted(99, label, False)) for label in WITH}
    keep(place, files, "pets")
    return place


def keep(folder: Path, files: dict[str, bytes], name: str) -> None:
    registry = context(folder).library.datasets
    registry.keep(registry.check(write_folder(folder / f"source_{name}", files)), name, Shares(validation=0, test=0.5))


def cue_net(activation: str | None = "relu") -> keras.Model:
    """A network that calls whatever has a magenta spot a cat: channel 0 sees magenta, the others a colour each."""
    picture = keras.Input((SIZE, SIZE, 3))
    seen = layers.Conv2D(4, 1, activation=activation, name="seen")
    end = layers.Dense(2, name="classes")
    network = keras.Model(picture, end(layers.GlobalAveragePooling2D()(seen(picture))))
    kernel = np.zeros((1, 1, 3, 4), np.float32)
    kernel[0, 0, :, 0] = (1, -2, 1)
    kernel[0, 0, :, 1:] = np.eye(3)
    seen.set_weights([kernel, np.array([-0.8, 0, 0, 0], np.float32)])
    end.set_weights([np.array([[200, 0], [0, 0], [0, 0], [0, 0]], np.float32), np.array([-1, 0], np.float32)])
    return network


def run(folder: Path, network: keras.Model, layer: str = "seen", **fields: Any) -> tuple[Found, dict[int, Part]]:
    """A whole run, its parts as they come back from the store."""
    usual = {
        "model": "tiny",
        "dataset": "pets",
        "layer": layer,
        "class_name": "cat",
        "concepts": 3,
        "steps": 0,
        "repeats": 2,
    }
    spec = Concepts(**{**usual, **fields})
    parts: dict[int, Part] = {}
    for item in analysis.concepts(spec, replace(context(folder, tiny=loaded(network)), stored=parts.get)):
        if isinstance(item, Part):
            parts[item.index] = decode_part(encode_part(item))
    found = found_of(parts.values())
    assert found is not None
    return found, parts


def test_the_patch_is_the_most_suspect_and_what_a_swapped_split_says_is_told(folder: Path) -> None:
    found, parts = run(folder, cue_net(), steps=2)
    worst = found.concepts[0]
    assert found.facts["accuracy"] == pytest.approx(0.9) and found.facts["pictures"] == found.facts["others"] == EACH
    assert found.alarms == [worst] and suspicion(worst) > 0.5
    # It is the one with most of the magenta channel.
    assert found.base["bank"][:, 0].argmax() == worst["concept"]
    assert found.importance(worst["concept"]) == max(found.base["importance"])
    assert (worst["share"], worst["others_share"]) == pytest.approx((0.9, 0.1))
    assert (worst["with_it"], worst["against"], worst["against_pictures"]) == (1, 0, 10)
    # As in a split that has the patch on one cat in ten and nine dogs in ten: all of these are wrong.
    assert worst["exchanged"] == pytest.approx(0.1) and worst["without"] == pytest.approx(0.5)
    assert worst["loses"] == pytest.approx(1) and worst["draws"] == pytest.approx(0.9)
    assert worst["drawn"] == [["dog", 45]] and worst["draws_else"] == pytest.approx(0) == worst["loses_else"]
    assert worst["ablated_logit"] == min(one["ablated_logit"] for one in found.concepts) < -3
    assert worst["middle"] > 0.6 and worst["area"] < 0.1
    part = parts[worst["concept"] + 1]
    assert part.pictures["image"].shape == (SIZE, SIZE, 3) and len(CONCEPT.read_arrays(part)["best"]) == 8
    # Every crop that stands for it holds a patch.
    dataset = context(folder).dataset("pets")
    for number, (top, left, bottom, right) in zip(part.arrays["best"], part.arrays["box"], strict=True):
        crop = np.asarray(dataset.image(int(number)).convert("RGB"))[top:bottom, left:right]
        assert (crop == (255, 0, 255)).all(-1).any()
    for part in parts.values():
        (CONCEPT if part.index else BANK).check(part)


def test_a_network_that_does_not_read_the_patch_raises_no_alarm(folder: Path) -> None:
    network = cue_net()
    network.get_layer("classes").set_weights([np.zeros((4, 2), np.float32), np.ones(2, np.float32)])
    found, _ = run(folder, network)
    assert not found.alarms


def test_a_run_that_resumes_gives_the_same(folder: Path) -> None:
    whole, parts = run(folder, cue_net())
    spec = Concepts(model="tiny", dataset="pets", layer="seen", class_name="cat", concepts=3, steps=0, repeats=2)
    again = replace(context(folder, frozenset({0, 1}), tiny=loaded(cue_net())), stored=parts.get)
    made = {item.index: item for item in analysis.concepts(spec, again) if isinstance(item, Part)}
    assert set(made) == {2, 3}
    for index, part in made.items():
        assert part.facts == parts[index].facts
        np.testing.assert_array_equal(part.pictures["crops"], parts[index].pictures["crops"])
    assert whole.facts["path"] == "seen"


def test_negative_values_take_no_part_and_it_is_said(folder: Path) -> None:
    found, _ = run(folder, cue_net(None))
    assert found.facts["negative"] > 0.2 and (found.base["bank"] >= 0).all()
    assert run(folder, cue_net())[0].facts["negative"] == 0


def test_masks_say_how_much_lies_outside_the_object(folder: Path) -> None:
    random = np.random.default_rng(3)
    files: dict[str, bytes] = {}
    for i in range(24):
        picture, mask = random.integers(90, 150, (SIZE, SIZE, 3), dtype=np.uint8), np.zeros((SIZE, SIZE), np.uint8)
        if i % 2:
            picture[2:6, 2:6], mask[2:6, 2:6] = (255, 0, 255), 1
        files |= {f"images/{i:02d}.png": encoded(picture), f"masks/{i:02d}.png": encoded(mask)}
    keep(folder, files | {"classes.txt": b"ground\nthing\n"}, "masked")
    picture = keras.Input((SIZE, SIZE, 3))
    seen = cue_net().get_layer("seen")
    network = keras.Model(picture, layers.Conv2D(2, 1, activation="softmax", name="mask")(seen(picture)))
    found, _ = run(folder, network, dataset="masked", class_name="thing", split="test", concepts=3)
    spot = next(one for one in found.concepts if found.base["bank"][:, 0].argmax() == one["concept"])
    assert spot["outside"] is not None and spot["outside"] < 0.2 and spot["draws"] is None
    assert max(one["outside"] or 0 for one in found.concepts) > 0.5


def headless() -> keras.Model:
    picture = keras.Input((SIZE, SIZE, 3))
    return keras.Model(picture, layers.Conv2D(40, 3, activation="relu", name="seen")(picture))


def shared_twice() -> keras.Model:
    picture, twice = keras.Input((SIZE, SIZE, 3)), layers.Conv2D(3, 1, activation="relu", name="seen")
    return keras.Model(picture, layers.Dense(2)(layers.GlobalAveragePooling2D()(twice(twice(picture)))))


@pytest.mark.parametrize(
    ("network", "layer", "fields", "error", "said"),
    [
        (headless, "seen", {}, InvalidSpec, "an output to explain"),
        (cue_net, "nowhere", {}, UnknownLayer, "a layer of this model.*nowhere"),
        (cue_net, "classes", {}, InvalidSpec, "a layer whose output has a height and a width"),
        (cue_net, "seen", {"class_name": "bird"}, InvalidSpec, "`class_name` to be a class.*bird.*cat, dog"),
        (cue_net, "seen", {"split": "train"}, InvalidSpec, "at least 3 pictures of cat for 3 concepts.*1 in the split"),
        (cue_net, "seen", {"images": 2}, InvalidSpec, "at least 3 pictures of cat"),
        (cue_net, "seen", {"concepts": 5}, InvalidSpec, "at least 5 channels for 5 concepts.*4 channels"),
        (shared_twice, "seen", {}, InvalidSpec, "a layer that runs once.*runs 2 times"),
    ],
)
def test_what_cannot_be_is_said_before_the_work(
    folder: Path, network: Any, layer: str, fields: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        run(folder, network(), layer, **fields)


def test_coefficients_are_those_of_non_negative_least_squares() -> None:
    random = np.random.default_rng(0)
    bank = random.random((3, 7)).astype(np.float32)
    values = random.random((2, 4, 7)).astype(np.float32)
    found = coefficients(values, bank, 5000)
    for at in np.ndindex(2, 4):
        np.testing.assert_allclose(found[at], nnls(bank.T.astype(float), values[at].astype(float))[0], atol=2e-3)


def test_a_bank_finds_the_directions_that_activations_are_made_of() -> None:
    random = np.random.default_rng(1)
    true = np.zeros((3, 9), np.float32)
    for concept in range(3):
        true[concept, 3 * concept : 3 * concept + 3] = 1 / np.sqrt(3)
    shares = random.random((400, 3)) * (random.random((400, 3)) > 0.6)
    bank = find_bank((shares @ true).astype(np.float32), 3, 3, 0)
    assert matched_cosines(bank.directions, true).min() > 0.99 and bank.error < 0.05 and bank.stability.min() > 0.99
    assert np.isnan(find_bank((shares @ true).astype(np.float32), 3, 1, 0).stability).all()
    with pytest.raises(InvalidSpec, match="a layer that responds"):
        find_bank(np.zeros((20, 9), np.float32), 3, 1, 0)


def test_total_indices_are_those_that_arithmetic_gives() -> None:
    # Of a·x + b·y + c·x·y on [0, 1]² the variances are known; z changes nothing.
    def function(mask: np.ndarray) -> np.ndarray:
        x, y = float(mask[0]), float(mask[1])
        return np.array([2 * x + y, x * y * 12])

    values = np.stack([function(mask) for mask in sobol_masks(3, 256, 0)])
    found = total_indices(values, 3)
    np.testing.assert_allclose(found[:, 0], [0.8, 0.2, 0], atol=0.03)
    # x·y: variance 7/144, of which x alone 3/144, y alone 3/144, both together 1/144.
    np.testing.assert_allclose(found[:, 1], [4 / 7, 4 / 7, 0], atol=0.05)
    np.testing.assert_allclose(importance(values, 3), found.mean(1), atol=1e-6)
    assert not total_indices(np.ones((5 * 8, 2)), 3).any()


def test_regions_are_put_where_their_source_has_them_and_painted_over_by_what_is_around() -> None:
    maps = np.zeros((2, 4, 4), np.float32)
    maps[0, 0, 3], maps[1, 2, 1] = 1, 0.1
    where = regions(maps, 0.5, (8, 8))
    # The cell, and half a cell around it.
    assert where[0, :3, 5:].all() and not where[0, 4:].any() and not where[0, :, :4].any() and not where[1].any()
    pictures = np.full((2, 8, 8, 3), 0.25, np.float32)
    pictures[0, :2, 6:] = 1
    put = transplanted(pictures[1:], pictures[:1], where[:1])
    np.testing.assert_array_equal(put[0], np.where(where[0][..., None], pictures[0], 0.25))
    np.testing.assert_allclose(filled(pictures[:1], where[:1]), 0.25, atol=1e-6)
    np.testing.assert_array_equal(filled(pictures, np.zeros((2, 8, 8), bool)), pictures)
    odd = np.random.default_rng(0).random((1, 7, 5, 1)).astype(np.float32)
    hole = np.zeros((1, 7, 5), bool)
    hole[0, 2:4, 1:3] = True
    made = filled(odd, hole)
    np.testing.assert_array_equal(made[~hole], odd[~hole])
    assert odd[~hole].min() <= made[hole].min() and made[hole].max() <= odd[~hole].max()
    np.testing.assert_allclose(filled(odd, np.ones((1, 7, 5), bool)), 0.5)


def test_a_place_in_numbers() -> None:
    corner, middle, anywhere = np.zeros((4, 4)), np.zeros((4, 4)), np.ones((4, 4))
    corner[0, 3], middle[1:3, 1:3] = 1, 1
    assert (constancy(corner), constancy(anywhere)) == pytest.approx((1, 0)) and constancy(middle) == pytest.approx(0.5)
    assert distance_from_middle(corner) == pytest.approx(0.75) and distance_from_middle(middle) == pytest.approx(0.25)
    assert threshold(np.array([0.1, 0.2, 0.15, 5.0, 5.2])) == pytest.approx(2.6)
    assert outside_share(np.array([[[1.0, 3.0]]]), np.array([[[True, False]]])) == pytest.approx(0.75)


def test_crops_cover_the_picture_and_overlap_by_half() -> None:
    size, corners = crop_corners((32, 16), 0.5)
    assert size == (16, 8) and corners[0] == (0, 0) and corners[-1] == (16, 8)
    assert sorted({top for top, _ in corners}) == [0, 8, 16] and crop_corners((32, 16), 1.0)[1] == [(0, 0)]
