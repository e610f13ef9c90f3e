"""Dreams of classes: the mean logit of what was chosen rises, whatever the head says: classes, a mask, numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from shared.analyses.deep_dream.spec import DeepDream
from shared.errors import InvalidSpec
from shared.results import Part
from tests.analyses.deep_dream.test_worker import parts
from tests.fixtures import tiny_models
from tests.fixtures.saved_networks import filled
from worker.networks.models import LoadedModel

layers = keras.layers
SIDES: dict[str, Any] = {"layers": "", "size": 48, "octaves": 2, "steps": 4}


def body(side: int | None = None) -> tuple[Any, Any]:
    picture = keras.Input((side, side, 3))
    maps = layers.Conv2D(6, 3, padding="same", activation="elu", name="first")(picture)
    return picture, layers.Conv2D(6, 3, padding="same", activation="elu", name="last")(maps)


def segmenter() -> keras.Model:
    picture, maps = body()
    small = layers.Conv2D(4, 1, name="scores")(layers.AveragePooling2D(2)(maps))
    return filled(keras.Model(picture, layers.Softmax()(layers.UpSampling2D(2)(small))))


def yes_or_no_mask() -> keras.Model:
    picture, maps = body()
    return filled(keras.Model(picture, layers.Conv2D(1, 1, activation="sigmoid", name="scores")(maps)))


def several() -> keras.Model:
    picture, maps = body()
    flat = layers.GlobalAveragePooling2D()(maps)
    outputs = {
        "kind": layers.Dense(3, "softmax", name="kind")(flat),
        "age": layers.Dense(1, name="age")(flat),
        "mask": layers.Conv2D(2, 1, activation="softmax", name="mask")(maps),
    }
    return filled(keras.Model(picture, outputs))


def fixed() -> keras.Model:
    picture, maps = body(24)
    return filled(keras.Model(picture, layers.Dense(3, "softmax", name="kind")(layers.Flatten()(maps))))


def values_of(network: keras.Model, layer: str, picture: np.ndarray) -> np.ndarray:
    """What a layer gives without its activation, in plain Keras, the mean over positions."""
    made = network.get_layer(layer)
    given = keras.Model(network.input, made.input)(picture[None])
    squash, made.activation = made.activation, keras.activations.linear
    try:
        rows = np.asarray(made(given))
    finally:
        made.activation = squash
    return rows.reshape(-1, rows.shape[-1]).mean(0)


DREAMS: dict[str, tuple[Callable[[], keras.Model], dict[str, Any], Callable[[keras.Model, np.ndarray], float]]] = {
    "a class of a mask": (segmenter, {"classes": "2"}, lambda n, p: values_of(n, "scores", p)[2]),
    "two classes of a mask": (segmenter, {"classes": "0,3"}, lambda n, p: values_of(n, "scores", p)[[0, 3]].mean()),
    "no of a yes or no mask": (yes_or_no_mask, {"classes": "0"}, lambda n, p: -values_of(n, "scores", p)[0]),
    "the first output": (several, {"classes": "1", "model_output": "kind"}, lambda n, p: values_of(n, "kind", p)[1]),
    "a number, higher": (several, {"classes": "higher", "model_output": "age"}, lambda n, p: values_of(n, "age", p)[0]),
    "a number, lower": (several, {"classes": "lower", "model_output": "age"}, lambda n, p: -values_of(n, "age", p)[0]),
    "a mask among others": (several, {"classes": "1", "model_output": "mask"}, lambda n, p: values_of(n, "mask", p)[1]),
}  # fmt: skip


def octaves(found: list[Part]) -> list[Part]:
    return [one for one in found if "dream" in one.pictures]


@pytest.mark.parametrize("title", DREAMS)
def test_what_was_chosen_rises_and_is_what_plain_keras_says_it_is(tmp_path: Path, title: str) -> None:
    make, fields, value = DREAMS[title]
    network = make()
    found = parts(tmp_path, tiny_models.loaded(network), **SIDES, **fields)
    original, last = found[0].pictures["original"], octaves(found)[-1]
    assert last.pictures["dream"].shape == original.shape
    assert last.facts["objective"] > last.facts["objective_start"]
    before, after = (value(network, picture.astype(np.float32) / 255) for picture in (original, last.pictures["dream"]))
    assert after > before + 0.01
    # The curve is of floats, the picture of bytes.
    assert last.facts["objective"] == pytest.approx(after, abs=0.03 * max(1, abs(after)))


def test_tiles_and_the_whole_agree_of_a_mask(tmp_path: Path) -> None:
    model = tiny_models.loaded(segmenter())
    asked = {**SIDES, "size": 96, "octaves": 1, "steps": 1, "jitter": 0, "classes": "2"}
    whole, tiled = (octaves(parts(tmp_path / str(tile), model, tile=tile, **asked))[0] for tile in (96, 64))
    assert whole.facts["objective_start"] == pytest.approx(tiled.facts["objective_start"], abs=0.05)


def test_a_name_is_as_good_as_a_number(tmp_path: Path) -> None:
    model = tiny_models.loaded(segmenter())
    named = LoadedModel(model.network, model.card, model.preprocess, "file", "net", ("sky", "sea", "sand", "boat"))
    found = parts(tmp_path, named, **SIDES, classes="sand")
    assert found[0].facts["layers"] == ["sand"]
    numbered = parts(tmp_path, named, **SIDES, classes="2")
    assert np.array_equal(octaves(found)[-1].pictures["dream"], octaves(numbered)[-1].pictures["dream"])


def test_a_network_of_one_size_says_so(tmp_path: Path) -> None:
    model = tiny_models.loaded(fixed())
    with pytest.raises(InvalidSpec, match=r"every octave and tile.*one octave of the model's own size, 24 × 24"):
        parts(tmp_path, model, **SIDES, classes="1")


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"classes": "1", "layers": "first"}, "not both"), ({"model_output": "kind"}, "classes. of the output")],
)
def test_what_contradicts_itself_is_refused(fields: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidSpec, match=words):
        DeepDream.from_fields({"model": "keras/vgg16/random", "image": "sample/cat", **fields})


def test_requests_of_earlier_releases_keep_their_keys() -> None:
    text = DeepDream(model="keras/vgg16/random", image="sample/cat").canonical_json()
    assert "classes" not in text and "model_output" not in text
