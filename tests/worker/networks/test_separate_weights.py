"""Weights that were saved apart are those of the architecture beside them, or refused."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import keras
import pytest

from shared.errors import RefusedUpload
from shared.library import Library
from shared.settings import Settings
from tests.fixtures.network_families import CHEAP, KEPT_SMALL
from tests.fixtures.saved_networks import SINGLE, filled, in_two_files
from tests.system.test_network_families import HALVES
from tests.system.test_no_silent_difference import compare, differs
from worker.networks.models import LoadedModel, WarmModels

layers = keras.layers
FAMILIES = ("three deep", "shared layer", "two inputs by name", "separable, depthwise, grouped", "first: flattened",
            "spectral normalization", "time distributed", "whole numbers in", "mixed_float16", "int8, nested",
            "mask and class")  # fmt: skip
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.mark.parametrize("title", FAMILIES)
def test_families_in_two_files_are_shown_as_they_are(tmp_path: Path, title: str) -> None:
    family = CHEAP[title]()
    if title not in KEPT_SMALL:
        filled(family.network)
    in_two_files(family.network, tmp_path / "net.json")
    found = compare(tmp_path, tmp_path / "net.json", family.network, family.logits)
    assert found.words == "" and found.outputs[0] > 0
    assert not differs(found, HALVES if title in KEPT_SMALL else SINGLE), found.row()


def chain(*names: str) -> keras.Model:
    """Convolutions of the same shape under given names."""
    made = [layers.Conv2D(3, 3, padding="same", name=name) for name in names]
    return filled(keras.Sequential([keras.Input((8, 8, 3)), *made, layers.Flatten(), layers.Dense(2, "softmax")]))


def loaded(folder: Path, architecture: keras.Model, weights: keras.Model) -> LoadedModel:
    (folder / "net.json").write_text(architecture.to_json())
    weights.save_weights(folder / "net.weights.h5")
    library = Library(Settings(data=folder / "data"))
    return WarmModels(library).load(library.models.add_file(folder / "net.json", "net"))


OTHERS: dict[str, tuple[Callable[[], tuple[keras.Model, keras.Model]], str]] = {
    "more layers": (
        lambda: (chain("a", "b"), chain("a", "b", "c")),
        "2 that it has no place for: layers.conv2d_2.vars.0",
    ),
    "another order": (lambda: (chain("a", "b"), chain("b", "a")), "those of layer b where layer a is"),
    "fewer layers": (lambda: (chain("a", "b"), chain("a")), "never built or|could not be loaded|expected 2 variables"),
}


@pytest.mark.parametrize("title", OTHERS)
def test_weights_of_another_network_are_refused(tmp_path: Path, title: str) -> None:
    make, words = OTHERS[title]
    with pytest.raises(RefusedUpload, match=f"weights of the network beside them.*({words}).*Write both"):
        loaded(tmp_path, *make())


def test_names_that_keras_counts_on_from_session_to_session_are_no_difference(tmp_path: Path) -> None:
    def made() -> keras.Model:
        return filled(keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(3, 3), layers.Conv2D(3, 3)]))

    made()  # conv2d_2 here is conv2d_1 there
    assert loaded(tmp_path, made(), made()).network.count_params() == 2 * 84


def test_a_trained_networks_optimizer_is_left_in_the_file(tmp_path: Path) -> None:
    network = chain("a")
    network.compile("adam", "mse", metrics=["accuracy"])
    network.optimizer.build(network.trainable_variables)
    assert loaded(tmp_path, network, network).network.count_params() == network.count_params()


def test_a_zip_of_both_goes_in_by_any_door(tmp_path: Path) -> None:
    network = chain("a")
    in_two_files(network, tmp_path / "model.json")
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        for name in ("model.json", "model.weights.h5"):
            archive.write(tmp_path / name, name)
    library = Library(Settings(data=tmp_path / "data"))
    reference = library.models.add_file(tmp_path / "both.zip", "net", title="both.zip")
    assert reference == library.models.add_file(tmp_path / "model.json", "other")
    assert library.models.record("net")["title"] == "both.zip"  # type: ignore[index]
