"""Every rule for pictures of other sizes gives what Keras's own Resizing layer gives, alone and in batches."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from shared.analyses import KINDS, ChannelPortrait, DeepDream, FilterAtlas, TrainingRun
from shared.analyses.base import JobSpec
from shared.images.bands import BandPicture
from shared.images.way_in import way_in_words
from shared.library import ModelCard
from shared.library.images import sample_path
from shared.results import Part
from tests.analyses.activations.test_worker import run as activations
from tests.fixtures import tiny_models
from tests.fixtures.learnable_datasets import add, learn
from tests.fixtures.small_datasets import encoded
from tests.fixtures.worker_context import context
from worker.analyses import generators
from worker.analyses.training_run.data import TrainingData
from worker.networks.models import LoadedModel
from worker.pictures.picture_sizes import sized_picture
from worker.pictures.resized import sized_pixels

# Soft, so that another kernel gives nearly the same.
ROWS, COLUMNS = np.mgrid[:40, :64]
PIXELS = np.stack([ROWS * 6, COLUMNS * 4, 255 - ROWS * 3], -1).astype(np.uint8)
KERAS = {"crop": {"crop_to_aspect_ratio": True}, "fit": {}, "pad": {"pad_to_aspect_ratio": True}}


@pytest.mark.parametrize("rule", KERAS)
def test_a_rule_is_what_a_resizing_layer_does(rule: str) -> None:
    expected = np.asarray(keras.layers.Resizing(16, 16, antialias=True, **KERAS[rule])(PIXELS.astype(np.float32)))
    alone = sized_picture(BandPicture(PIXELS, 0, 255, True), (16, 16), 3, rule) * 255
    fed = sized_pixels(PIXELS, (16, 16), 3, rule).astype(np.float32)
    for found in (alone, fed):
        assert np.abs(found - expected)[4:12].mean() < 4  # the edge of what is filled up is softer in Keras
        assert np.abs(found - expected)[[0, 1, 14, 15]].mean() < 4


def test_a_share_of_the_middle_is_what_a_smaller_picture_of_it_is() -> None:
    middle = PIXELS[5:35, 17:47]
    for size in ((15, 15), (30, 30)):
        assert np.array_equal(sized_pixels(PIXELS, size, 3, "crop 0.75"), sized_pixels(middle, size, 3, "crop"))
        one, other = (sized_picture(BandPicture(pixels, 0, 255, True), size, 3, rule)
                      for pixels, rule in ((PIXELS, "crop 0.75"), (middle, "fit")))  # fmt: skip
        assert np.array_equal(one, other)


def test_many_bands_are_filled_up_with_what_is_black() -> None:
    values = np.full((4, 8, 6), 5000, np.uint16)
    seen = sized_picture(BandPicture(values, 1000, 9000), (8, 8), 6, "pad")
    assert seen.shape == (8, 8, 6)
    assert (seen[2:6] == 0.5).all() and not seen[:2].any() and not seen[6:].any()


def test_the_line_beside_a_result_says_it() -> None:
    words = way_in_words(BandPicture(PIXELS, 0, 255, True), (16, 16), 3, "pad", "0..1")
    assert words.endswith("Into the network: all of it, filled up with black to 16 × 16 px; values 0…1.")


@pytest.mark.parametrize("rule", ["crop", "pad"])
def test_an_analysis_shows_what_the_rule_gives(tmp_path: Path, rule: str) -> None:
    seen = activations(tmp_path, tiny_models.random_convnet(), resize=rule)[0].pictures["picture"]
    assert (not seen[0].any()) == (rule == "pad")


# Rules of a card where a network is not shown pictures one by one

ASCENT = {"layer": "first", "size": 24, "steps": 1, "step_size": 1e-6, "image": "sample/cat", "precision": "float32"}
SHARE = "crop 0.5"
RULES = [*KERAS, SHARE]


def with_rule(rule: str, network: keras.Model | None = None) -> LoadedModel:
    found = tiny_models.loaded(network or tiny_models.random_convnet(16))
    return LoadedModel(found.network, ModelCard(file=found.card.file, resize=rule), "0..1", "file", "tiny")


def resized_by_keras(pixels: np.ndarray, height: int, width: int, rule: str) -> np.ndarray:
    """float32 (height, width, 3), 0 to 255; a share of the middle is cut out by hand."""
    if rule == SHARE:  # of the largest part in the middle that has the size's proportions
        scale = min(pixels.shape[0] / height, pixels.shape[1] / width) / 2
        high, wide = round(height * scale), round(width * scale)
        top, left = (pixels.shape[0] - high) // 2, (pixels.shape[1] - wide) // 2
        pixels, rule = pixels[top : top + high, left : left + wide], "fit"
    return np.asarray(keras.layers.Resizing(height, width, antialias=True, **KERAS[rule])(pixels.astype(np.float32)))


def cat() -> np.ndarray:
    with Image.open(sample_path("cat")) as opened:
        return np.asarray(opened.convert("RGB"))


def close(found: np.ndarray, expected: np.ndarray) -> bool:
    """Alike but for the kernel; another rule's picture differs by more than twenty."""
    return found.shape == expected.shape and bool(np.abs(found.astype(np.float32) - expected).mean() < 9)


def parts_of(folder: Path, spec: JobSpec, model: LoadedModel) -> list[Part]:
    resolved = spec.with_resize(lambda _: model.card.resize)  # as the client does before it asks
    queued = type(spec).from_fields(json.loads(resolved.canonical_json()))
    items = generators()[spec.kind](queued, context(folder, tiny=model))
    return sorted((item for item in items if isinstance(item, Part)), key=lambda part: part.index)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", [FilterAtlas, ChannelPortrait])
def test_a_start_picture_comes_by_the_cards_rule(tmp_path: Path, kind: type[JobSpec], rule: str) -> None:
    own = {"channel": 0, "facets": 0, "opposite": False} if kind is ChannelPortrait else {"channels": "0"}
    part = parts_of(tmp_path, kind(model="tiny", **ASCENT, **own), with_rule(rule))[0]
    others = [one for one in RULES if one != rule]
    (shown,) = part.pictures.values()
    assert close(shown, resized_by_keras(cat(), 24, 24, rule))
    assert not any(close(shown, resized_by_keras(cat(), 24, 24, other)) for other in others)


@pytest.mark.parametrize("rule", ["fit", "pad", SHARE])
def test_a_dream_has_the_networks_proportions_by_a_cards_rule(tmp_path: Path, rule: str) -> None:
    fields = {"size": 64, "octaves": 2, "steps": 1, "layers": "first", "precision": "float32"}
    model = with_rule(rule, wide_network())
    spec = DeepDream.from_fields({"model": "tiny", "image": "sample/cat", **fields, "layers": "colours"})
    parts = parts_of(tmp_path, spec, model)
    shown = parts[0].pictures["original"]
    assert shown.shape == (32, 64, 3) and parts[-2].pictures["dream"].shape == (32, 64, 3)
    assert close(shown, resized_by_keras(cat(), 32, 64, rule))
    own = parts_of(tmp_path, spec.model_copy(update={"resize": "own"}), model)[0].pictures["original"]
    assert own.shape == (43, 64, 3)  # 300 · 64 / 451
    assert close(own, resized_by_keras(cat(), 43, 64, "fit"))


def wide_network() -> keras.Model:
    inputs = keras.Input((16, 32, 3))
    maps = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="colours")(inputs)
    return keras.Model(inputs, maps)


def test_a_dream_without_a_rule_is_of_the_whole_photograph(tmp_path: Path) -> None:
    spec = DeepDream(
        model="tiny", image="sample/cat", size=64, octaves=1, steps=1, layers=("colours",), precision="float32"
    )
    assert parts_of(tmp_path, spec, with_rule("", wide_network()))[0].pictures["original"].shape == (43, 64, 3)


def tall_pictures() -> dict[str, bytes]:
    """Of 40 by 64 pixels, each class of a colour of its own."""

    def picture(label: int, number: int) -> bytes:
        return encoded(np.roll(PIXELS, 3 * number, 1)[..., :: 1 - 2 * label])

    return {f"{split}/{label}/{n}.png": picture(label, n)
            for split in ("train", "validation") for label in (0, 1) for n in range(3)}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("strategy", ["feature_extraction", "fine_tuning"])
def test_training_shows_pictures_by_the_rule_of_its_bases_card(tmp_path: Path, strategy: str, rule: str) -> None:
    here = context(tmp_path, tiny=with_rule(rule))
    fields = {"strategy": strategy, "model": "tiny", "size": 16, "epochs": 1, "watch": (0,), "precision": "float32"}
    spec = TrainingRun(dataset=add(here, tall_pictures()), **fields).with_resize(lambda _: rule)
    _, facts = learn(here, spec)
    card = here.library.models.card(facts["metrics"]["model"])
    assert card.resize == ("" if rule == "crop" else rule), "what is shown to it later meets it as its lessons did"
    dataset = here.dataset(spec.dataset)
    data = TrainingData(spec, dataset, 16, 3, 2**20, "0..1", rule)
    for pictures, _ in data.train.some(np.arange(2)):
        for number, fed in enumerate(np.asarray(pictures)):
            expected = resized_by_keras(np.asarray(dataset.image(data.train.rows[number])), 16, 16, rule)
            assert close(fed * 255, expected) and close(data.picture(data.train.rows[number]) * 255, expected)
    assert here.pictures_in[spec.dataset] == data.train.words


def test_training_without_a_base_goes_by_its_own_rule(tmp_path: Path) -> None:
    here = context(tmp_path)
    spec = TrainingRun(dataset=add(here, tall_pictures()), network="compact", size=16, epochs=1, resize="pad")
    _, facts = learn(here, spec)
    assert here.library.models.card(facts["metrics"]["model"]).resize == "pad"
    assert "filled up with black" in here.pictures_in[spec.dataset]


ASKED = {
    "training_run": {"strategy": "fine_tuning", "dataset": "builtin/mnist"},
    "deep_dream": {"image": "sample/cat"},
    "filter_atlas": {"layer": "first", "image": "sample/cat"},
    "channel_portrait": {"layer": "first", "channel": 0, "image": "sample/cat"},
}
# Of the release before there were rules.
OLD_KEYS = {
    "training_run": "training_run-v2-22874abca006d0f034b49468a900febd",
    "deep_dream": "deep_dream-v2-496af2760a16b2ea05bab896a5852646",
    "filter_atlas": "filter_atlas-v3-87142395ac13523720694cf07d011cfc",
    "channel_portrait": "channel_portrait-v2-620a2fd899286f3196e65ba32bf3f7d4",
}


def asked(kind: str, **fields: object) -> JobSpec:
    return KINDS[kind].spec.from_fields({"model": "keras/vgg16/imagenet", **ASKED[kind], **fields})


@pytest.mark.parametrize("kind", OLD_KEYS)
def test_only_another_rule_makes_another_key(kind: str) -> None:
    usual = "own" if kind == "deep_dream" else "crop"
    for given in ({}, {"resize": "auto"}, {"resize": usual}):
        assert asked(kind, **given).with_resize(lambda _: "").key() == OLD_KEYS[kind]
    by_card, against = asked(kind).with_resize(lambda _: "pad"), asked(kind, resize=usual).with_resize(lambda _: "pad")
    assert by_card.key() == asked(kind, resize="pad").key() != OLD_KEYS[kind]
    assert (against.settled_resize, by_card.settled_resize) == (usual, "pad")
    again = type(against).from_fields(json.loads(against.canonical_json()))
    assert again.with_resize(lambda _: "pad") == against, "chosen against the card, it is so when retried"


def test_without_a_start_picture_a_rule_plays_no_part() -> None:
    bare = {"model": "keras/vgg16/imagenet", "layer": "first"}
    assert FilterAtlas(**bare, resize="pad").key() == FilterAtlas(**bare).key()
    assert FilterAtlas(**bare).with_resize(lambda _: "pad") == FilterAtlas(**bare)
