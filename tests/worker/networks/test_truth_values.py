"""Networks whose input is true or false: pictures go in black or white, and every analysis has a gradient."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

from shared.analyses import KINDS
from shared.library.images import sample_path
from shared.library.preprocessing import BLACK_OR_WHITE, read_preprocessing
from shared.results import Part
from tests.fixtures.worker_context import context
from worker.analyses import generators

SIDE = 16


def truth_network(bands: int = 3) -> keras.Model:
    keras.utils.set_random_seed(4)
    inputs = keras.Input((SIDE, SIDE, bands), dtype="bool")
    flow = keras.ops.cast(inputs, "float32")
    flow = keras.layers.Conv2D(6, 3, activation="relu", name="first")(flow)
    flow = keras.layers.GlobalAveragePooling2D()(flow)
    return keras.Model(inputs, keras.layers.Dense(3, "softmax", name="end")(flow))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, keras.Model]:
    network, folder = truth_network(), tmp_path_factory.mktemp("truth")
    network.save(folder / "truth.keras")
    context(folder).library.models.add_file(folder / "truth.keras", "truth")
    return folder, network


def made(folder: Path, kind: str, **fields: Any) -> list[Part]:
    here = context(folder)
    spec = KINDS[kind].spec.from_fields({"model": here.library.models.resolve("truth"), **fields})
    return [item for item in generators()[kind](spec, here) if isinstance(item, Part)]


def black_or_white() -> np.ndarray:
    """The middle of the sample as plain Keras is given it: true from a half on, bool (1, side, side, 3)."""
    with Image.open(sample_path("cat")) as opened:
        rgb = opened.convert("RGB")
    left = (rgb.width - rgb.height) / 2
    small = rgb.crop((left, 0, rgb.width - left, rgb.height)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return np.asarray(small)[None] >= 128


def test_it_is_proved_and_says_how_pictures_go_in(saved: tuple[Path, keras.Model]) -> None:
    (table,) = made(saved[0], "inspect_model")
    assert table.facts["preprocess"] == BLACK_OR_WHITE and not table.facts.get("assumed")
    assert table.facts["proof"]["declared"] == "bool" and table.facts["proof"]["difference"] < 1e-6


def test_it_says_here_what_it_says_in_keras(saved: tuple[Path, keras.Model]) -> None:
    folder, network = saved
    first = made(folder, "activations", image="sample/cat", layers="first")[0]
    assert np.abs(first.arrays["probabilities"] - network.predict(black_or_white(), verbose=0)[0]).max() < 1e-6
    grey = network.predict(np.ones((1, SIDE, SIDE, 3), bool), verbose=0)[0]
    assert np.abs(first.arrays["probabilities"] - grey).max() > 1e-4, "what is not zero is not yet true"


def test_its_gradient_reaches_the_picture(saved: tuple[Path, keras.Model]) -> None:
    (heat,) = (p for p in made(saved[0], "attribution", image="sample/cat", methods="saliency") if "maps" in p.arrays)
    assert np.abs(heat.arrays["maps"]).max() > 0
    tiles = made(saved[0], "filter_atlas", layer="first", size=16, steps=8, restarts=0, precision="float32")
    assert any(tile.facts["objective"] > tile.facts["objective_start"] for tile in tiles)


def test_rounding_is_written_and_read() -> None:
    read = read_preprocessing(BLACK_OR_WHITE)
    assert read.rounded and str(read) == BLACK_OR_WHITE
    assert read.apply(np.array([0.2, 0.6], np.float32)).tolist() == [0, 1]
    assert not read_preprocessing("0..1").rounded
