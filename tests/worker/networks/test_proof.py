"""A file's network is compared with plain Keras before it counts as added."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from shared.analyses import InspectModel
from shared.analyses.inspect_model.parts import TABLE
from shared.errors import RefusedUpload
from shared.library import Library
from shared.results import Part
from shared.settings import Settings
from tests.fixtures.worker_context import context
from tests.worker.networks.test_input_range import Front, network
from worker.analyses.inspect_model import inspect_model
from worker.networks.models import LoadedModel, WarmModels
from worker.networks.proof import prove, ways_in

layers, ops, applications = keras.layers, keras.ops, keras.applications
PICTURE = np.random.default_rng(2).integers(0, 256, (16, 16, 3)).astype(np.float32) / 255


def opened(folder: Path, model: keras.Model) -> tuple[LoadedModel, keras.Model]:
    """A file's network as the product loads it, and as Keras does."""
    library = Library(Settings(data=folder / "data"))
    model.save(folder / "net.keras")
    warm = WarmModels(library)
    loaded = warm.load(library.models.add_file(folder / "net.keras", "net"))
    return loaded, warm.plain_network(loaded.card)[0]


def ending(last: layers.Layer, dtype: str = "float32") -> keras.Model:
    keras.utils.set_random_seed(4)
    picture = keras.Input((16, 16, 3), dtype=dtype)
    maps = layers.Conv2D(4, 3, activation="relu")(layers.Rescaling(1 / 255)(picture))
    return keras.Model(picture, last(layers.GlobalAveragePooling2D()(maps)))


def compared() -> keras.Model:
    """Two pictures in, as a siamese network has them."""
    keras.utils.set_random_seed(5)
    pictures = {name: keras.Input((16, 16, 3), name=name) for name in ("left", "right")}
    branch = keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(4, 3), layers.GlobalAveragePooling2D()])
    sides = layers.Concatenate()([branch(one) for one in pictures.values()])
    return keras.Model(pictures, layers.Dense(2, activation="softmax")(sides))


MODELS = {
    "softmax": lambda: ending(layers.Dense(3, activation="softmax")),
    "sigmoid": lambda: ending(layers.Dense(1, activation="sigmoid")),
    "logits": lambda: ending(layers.Dense(3)),
    "one logit": lambda: ending(layers.Dense(1)),
    "no classes": lambda: ending(layers.Reshape((2, 2))),
    "whole numbers": lambda: ending(layers.Dense(3, activation="softmax"), "uint8"),
    "half precision": lambda: ending(layers.Dense(3, activation="softmax"), "float16"),
    "sequential": lambda: keras.Sequential(
        [keras.Input((16, 16, 3)), layers.Rescaling(1 / 255), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(3)]
    ),
    "several inputs": lambda: compared(),
    "operations": lambda: network(applications.vgg16.preprocess_input),
    "assumed": lambda: network(lambda x: x),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_network_says_here_what_it_says_in_keras(name: str, tmp_path: Path) -> None:
    loaded, plain = opened(tmp_path, MODELS[name]())
    proof = prove(loaded, plain, PICTURE)
    assert proof["difference"] < 1e-3 if name == "half precision" else proof["difference"] < 1e-5
    assert (proof["declared"] == "uint8") == (name == "whole numbers")


def test_a_network_that_differs_is_refused_with_the_figure(tmp_path: Path) -> None:
    loaded, plain = opened(tmp_path, MODELS["softmax"]())
    head = plain.layers[-1]
    head.set_weights([head.get_weights()[0], np.array([0.5, 0, 0], np.float32)])
    with pytest.raises(RefusedUpload, match=r"outputs of .* that differ by 0\.\d+.*It is not added"):
        prove(loaded, plain, PICTURE)


def test_what_holds_for_one_picture_alone_is_refused(tmp_path: Path) -> None:
    """An operation over the batch: each picture's answer would depend on the others beside it."""
    loaded, plain = opened(tmp_path, network(lambda x: x - ops.mean(x, (0, 1, 2), keepdims=True)))
    with pytest.raises(RefusedUpload, match="differ by"):
        prove(loaded, plain, PICTURE)


@pytest.mark.parametrize("front", [lambda x: x, applications.mobilenet_v2.preprocess_input], ids=["none", "inside"])
def test_the_ways_in_are_those_of_cards_that_name_them(front: Front, tmp_path: Path) -> None:
    loaded, _ = opened(tmp_path, network(front))
    found = ways_in(loaded, PICTURE)
    assert next(way["preprocess"] for way in found) == loaded.preprocess
    assert {way["preprocess"] for way in found} == {"0..1", "-1..1", "0..255", "caffe", "torch"}
    for way in found:
        (same, *_) = ways_in(replace(loaded, preprocess=way["preprocess"], compiled={}), PICTURE)
        assert [one["output"] for one in same["top"]] == [one["output"] for one in way["top"]]
        for one, other in zip(same["top"], way["top"], strict=True):
            assert one["probability"] == pytest.approx(other["probability"], abs=1e-4)


def test_what_was_found_is_kept_by_reference(tmp_path: Path) -> None:
    model = MODELS["assumed"]()
    model.save(tmp_path / "net.keras")
    here = context(tmp_path / "data")
    reference = here.library.models.add_file(tmp_path / "net.keras", "net")
    assert here.library.models.proofs.of(reference) == {}
    (part,) = [one for one in inspect_model(InspectModel(model=reference), here) if isinstance(one, Part)]
    facts = TABLE.read(part)
    kept = here.library.models.proofs.of(reference)
    assert kept["layers"] == len(facts["layers"]) == 3
    assert (kept["preprocess"], kept["assumed"]) == ("0..1", True)
    assert kept["proof"]["difference"] == facts["proof"]["difference"] < 1e-5
    assert kept["ways"] == facts["ways"]
    assert len(kept["ways"][0]["top"]) == 3
    assert here.pictures_in == {}, "nobody asked for the picture that it was shown"


def test_another_way_in_is_a_new_card_under_the_same_name(tmp_path: Path) -> None:
    MODELS["assumed"]().save(tmp_path / "net.keras")
    models = Library(Settings(data=tmp_path / "data")).models
    old = models.add_file(tmp_path / "net.keras", "net")
    new = models.with_preprocess(old, "-1..1")
    assert (models.resolve("net"), models.card("net").preprocess, models.card("net").file) == (new, "-1..1", old)
    assert models.card(old).preprocess == "", "what was made of the old one keeps its meaning"


def test_a_network_of_many_bands_is_shown_noise(tmp_path: Path) -> None:
    network(lambda x: x / 255.0, channels=6).save(tmp_path / "six.keras")
    here = context(tmp_path / "data")
    reference = here.library.models.add_file(tmp_path / "six.keras", "six")
    (part,) = [one for one in inspect_model(InspectModel(model=reference), here) if isinstance(one, Part)]
    facts = TABLE.read(part)
    assert facts["proof"]["difference"] < 1e-5
    assert [way["preprocess"] for way in facts["ways"]] == ["0..255", "0..1", "-1..1"]
