"""Networks with several picture inputs, as siamese ones: the same picture is shown at each."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from shared.library import Library
from shared.settings import Settings
from tests.fixtures.explained_models import explained, photograph
from worker.analyses.inspect_model import describe
from worker.networks.models import LoadedModel, WarmModels
from worker.networks.single_input import with_one_input

SHAPE = (8, 8, 3)


def _backbone() -> keras.Model:
    keras.utils.set_random_seed(11)
    net = keras.Sequential(
        [keras.Input(SHAPE), layers.Conv2D(4, 3, activation="relu", name="deep"), layers.BatchNormalization(),
         layers.GlobalAveragePooling2D()], name="backbone")  # fmt: skip
    net.layers[1].set_weights([np.arange(1.0, 5.0) / 2, np.ones(4), np.full(4, 0.1), np.arange(1.0, 5.0)])
    return net


def siamese() -> keras.Model:
    """A backbone shared by two inputs, joined in front of the head."""
    left, right, seen = keras.Input(SHAPE, name="left"), keras.Input(SHAPE, name="right"), _backbone()
    both = layers.Concatenate()([seen(left), seen(right)])
    return keras.Model([left, right], layers.Dense(3, name="end")(both), name="twins")


def fused() -> keras.Model:
    """Two branches of their own; the later input is the first that a layer with weights meets."""
    left, right = keras.Input(SHAPE, name="left"), keras.Input(SHAPE, name="right")
    first = layers.Conv2D(4, 3, name="first")(right)
    deeper = layers.Conv2D(4, 3, padding="same", name="deeper")(layers.Conv2D(4, 3, name="second")(left))
    return keras.Model([left, right], layers.Dense(2)(layers.Flatten()(layers.Add(name="sum")([first, deeper]))))


def by_name() -> keras.Model:
    """Inputs that have names instead of an order, and an arithmetic between the branches."""
    left, right, seen = keras.Input(SHAPE, name="left"), keras.Input(SHAPE, name="right"), _backbone()
    return keras.Model({"right": right, "left": left}, layers.Dense(3)(seen(left) * 2.0 - seen(right)))


def loaded(folder: Path, network: keras.Model) -> LoadedModel:
    library = Library(Settings(data=folder / "data"))
    network.save(folder / "net.keras")
    return WarmModels(library).load(library.models.add_file(folder / "net.keras", "net"))


@pytest.mark.parametrize("make", [siamese, fused, by_name])
def test_it_answers_as_the_network_that_is_shown_one_picture_twice(tmp_path: Path, make) -> None:  # type: ignore[no-untyped-def]
    network = make()
    pictures = np.random.default_rng(0).random((2, *SHAPE)).astype(np.float32)
    twice = {"left": pictures, "right": pictures} if make is by_name else [pictures, pictures]
    model = loaded(tmp_path, network)
    assert model.network.input_shape == (None, *SHAPE) and model.inputs == 2
    np.testing.assert_allclose(model.network(pictures), network(twice), atol=1e-6)
    assert describe(model)["inputs"] == 2


def test_its_layers_keep_their_names_and_its_heat_maps_come(tmp_path: Path) -> None:
    model = loaded(tmp_path, siamese())
    table = {row["path"]: row for row in describe(model)["layers"]}
    assert list(table)[:1] == ["backbone/deep"] and "end" in table
    photograph(tmp_path, size=8)
    parts = explained(tmp_path, model, methods="hires_cam,saliency", layers="backbone/deep", classes="1")
    assert parts[0].facts["layers"][0]["calls"] == 2
    assert np.abs(parts[1].arrays["maps"]).max() > 0 and np.abs(parts[2].arrays["signed"]).max() > 0


def test_layers_know_the_new_input_alone() -> None:
    """A base is cut at `layer.output`: the layers of the loaded network would lead to the old inputs."""
    network = with_one_input(fused())
    maps = keras.Model(network.inputs[0], network.get_layer("sum").output)
    assert maps.output_shape == (None, 6, 6, 4)


def test_a_network_of_one_input_stays_as_it_is() -> None:
    network = _backbone()
    assert with_one_input(network) is network
