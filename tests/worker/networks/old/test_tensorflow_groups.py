"""The .keras files of TensorFlow 2.12 to 2.15: weights of every layer where they belong, however they were counted."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from shared.errors import RefusedUpload
from shared.settings import Settings
from shared.uploads.models import check_model
from tests.fixtures.model_files import keras_file
from tests.fixtures.old_model_files import after, conv_2, functional, numbers, picture_input
from worker.networks.old.models import open_old_model
from worker.networks.old.tensorflow_groups import GROUP

KERNELS = {"one": numbers(1, 3, 3, 2, 4), "two": numbers(2, 3, 3, 4, 4), "three": numbers(3, 3, 3, 4, 4)}
BIAS = numbers(4, 4)


def config() -> dict[str, Any]:
    """A base of two convolutions behind another one; the last layer comes first, as deeper layers may."""
    base = functional(picture_input(None, None, 4), conv_2("two", 4, 3, after("input_1")),
                      conv_2("three", 4, 3, after("two")), out="three", name="base", kind="Functional")  # fmt: skip
    base |= {"name": "base", "inbound_nodes": [after("one")]}
    whole = functional(picture_input(9, 9, 2, name="in"), base, conv_2("one", 4, 3, after("in")), out="base",
                       kind="Functional")  # fmt: skip
    whole["config"]["output_layers"] = [["base", 1, 0]]
    return whole


def saved(folder: Path, names: dict[str, str]) -> Path:
    """The file, its convolutions' weights under the given groups."""
    with h5py.File(folder / "w.h5", "w") as file:
        for layer, place in names.items():
            for number, values in enumerate((KERNELS[layer], BIAS)):
                file[f"{place}/vars/{number}"] = values
    return keras_file(folder / "a.keras", config(), folder / "w.h5", {"metadata.json": b'{"keras_version": "2.13.1"}'})


@pytest.mark.parametrize("second", ["conv2d_1", "conv2d_2"])
@pytest.mark.parametrize("group", [GROUP, "layers"])
def test_weights_land_however_layers_were_counted(tmp_path: Path, second: str, group: str) -> None:
    base = f"{group}/functional/{group}"
    names = {"one": f"{group}/conv2d", "two": f"{base}/conv2d", "three": f"{base}/{second}"}
    path = saved(tmp_path, names)
    found = check_model(path, Settings())
    assert found.upgraded is not None
    network = open_old_model(path, found, found.upgraded)
    base_network = network.get_layer("base")
    np.testing.assert_array_equal(network.get_layer("one").kernel, KERNELS["one"])
    np.testing.assert_array_equal(base_network.get_layer("two").kernel, KERNELS["two"])
    np.testing.assert_array_equal(base_network.get_layer("three").kernel, KERNELS["three"])


def test_a_layer_without_weights_in_the_file_is_named(tmp_path: Path) -> None:
    names = {"one": f"{GROUP}/conv2d", "two": f"{GROUP}/functional/{GROUP}/conv2d"}
    path = saved(tmp_path, names)
    found = check_model(path, Settings())
    assert found.upgraded is not None
    with pytest.raises(RefusedUpload, match=r"weights of layer three. Received: 'none among conv2d'"):
        open_old_model(path, found, found.upgraded)
