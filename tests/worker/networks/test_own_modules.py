"""Layers of a team's own: opened where an administrator names their module, refused by name elsewhere."""

import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from shared.errors import RefusedUpload, UnknownModel
from shared.library import Library
from shared.settings import Settings
from shared.uploads.models import check_model
from tests.fixtures.own_layers import DenseBlock, GlobalContext, LyingScale, PondNet, network_of_own_layers
from worker.networks.forward_pass import forward_pass
from worker.networks.layer_trace import trace_layers
from worker.networks.models import LoadedModel, WarmModels
from worker.networks.own_modules import own_layers
from worker.networks.readings import reading_of

MODULE = "tests.fixtures.own_layers"


def _saved(folder: Path, network: keras.Model) -> Path:
    path = folder / "own.keras"
    network.save(path)
    return path


def _opened(folder: Path, path: Path, modules: str = MODULE) -> LoadedModel:
    library = Library(Settings(data=folder / "data", modules=modules))
    return WarmModels(library).load(library.models.add_file(path, "own"))


def _changed(path: Path, change: dict[str, str]) -> Path:
    """The file with other words in its configuration."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    text = members["config.json"].decode()
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    json.loads(text)
    other = path.with_name("changed.keras")
    with zipfile.ZipFile(other, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, text if name == "config.json" else data)
    return other


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_a_network_of_own_layers_gives_what_it_gave(tmp_path: Path, suffix: str) -> None:
    network = network_of_own_layers()
    path = tmp_path / f"own.{suffix}"
    network.save(path)
    pictures = np.random.default_rng(0).random((3, 16, 16, 1)).astype(np.float32)
    loaded = _opened(tmp_path, path)
    np.testing.assert_allclose(loaded.network(pictures), network(pictures), atol=1e-6)


def test_what_is_of_ones_own_is_told(tmp_path: Path) -> None:
    path = _saved(tmp_path, network_of_own_layers())
    found = check_model(path, Settings(modules=MODULE))
    assert [str(one) for one in found.own] == ["DenseBlock of pond", "leaky_square of pond"]


def test_without_a_module_the_advice_names_it(tmp_path: Path) -> None:
    path = _saved(tmp_path, network_of_own_layers())
    with pytest.raises(RefusedUpload, match=r"DenseBlock.*layer 'block'.*CONVSCOPE_MODULES=tests"):
        check_model(path, Settings())


@pytest.mark.parametrize(
    ("modules", "reason"),
    [
        ("no_such_module_here", r"module no_such_module_here.*No module named.*Install it"),
        ("json", r"pond>DenseBlock, registered by json.*tests\.fixtures\.own_layers.*register_keras_serializable"),
    ],
)
def test_modules_that_do_not_bring_it(tmp_path: Path, modules: str, reason: str) -> None:
    path = _saved(tmp_path, network_of_own_layers())
    with pytest.raises(UnknownModel, match=reason):
        _opened(tmp_path, path, modules)


def test_nothing_but_what_is_registered_is_taken_from_a_module(tmp_path: Path) -> None:
    """A file that names another function of the module, or any other module, gets nothing of it."""
    path = _saved(tmp_path, network_of_own_layers())
    with pytest.raises(UnknownModel, match="network_of_own_layers, registered by"):
        _opened(tmp_path, _changed(path, {"pond>leaky_square": f"{MODULE}>network_of_own_layers"}))
    with pytest.raises(RefusedUpload, match="system"):
        _opened(tmp_path, _changed(path, {"pond>DenseBlock": "system", MODULE: "os", '"DenseBlock"': '"system"'}))


def test_a_layer_whose_configuration_lies_is_one_sentence(tmp_path: Path) -> None:
    picture = keras.Input((8, 8, 1))
    path = _saved(tmp_path, keras.Model(picture, LyingScale(2.0)(picture)))
    with pytest.raises(UnknownModel) as refused:
        _opened(tmp_path, path)
    assert "factor" in str(refused.value) and "\n" not in str(refused.value)


def test_what_is_inside_a_model_of_own_code_is_seen(tmp_path: Path) -> None:
    """Its layers with what they give, what their units see, also behind a sum that no layer made, and its head."""
    network = PondNet()
    picture = np.random.default_rng(0).random((24, 24, 1)).astype(np.float32)
    expected = np.asarray(network(picture[None]))
    loaded = _opened(tmp_path, _saved(tmp_path, network))
    trace = trace_layers(loaded.network, (24, 24))
    name = network.name
    fields = {path.removeprefix(f"{name}/"): (one.shape, one.field.size) for path, one in trace.layers.items()}
    assert list(fields) == ["stem", "block/first", "block/second", "block/third", "block", "mean", "classes", name]
    maps = (11, 11, 4)
    # By Araujo's rule: 3 for the stem, of stride 2, and 2 times 2 more for every convolution behind it.
    assert list(fields.values())[:4] == [(maps, 3), (maps, 7), (maps, 11), (maps, 15)]
    assert reading_of(trace, trace.outputs).makers == (f"{name}/classes",)
    seen = forward_pass(loaded, (), (24, 24)).run(picture)
    np.testing.assert_allclose(seen.outputs[0][1], expected[0], atol=1e-6)
    by_hand = network.block.first(network.stem(picture[None]))
    np.testing.assert_allclose(seen.layers[f"{name}/block/first"].maps, by_hand[0], atol=2e-3)


def _with_lambda(folder: Path, suffix: str = "keras") -> tuple[Path, keras.Model]:
    picture = keras.Input((8, 8, 1))
    maps = keras.layers.Lambda(lambda x: x * 2.0 + 1.0, name="twice")(picture)
    network = keras.Model(picture, keras.layers.Conv2D(2, 3, name="conv")(maps))
    path = folder / f"code.{suffix}"
    network.save(path)
    return path, network


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_a_lambda_runs_only_where_somebody_trusts_the_file(tmp_path: Path, suffix: str) -> None:
    path, network = _with_lambda(tmp_path, suffix)
    library = Library(Settings(data=tmp_path / "data"))
    with pytest.raises(RefusedUpload, match=r"Lambda.*'twice'.*--trust"):
        library.models.add_file(path, "code")
    reference = library.models.add_file(path, "code", preprocess="0..1", trusted_by="Ada")
    pictures = np.random.default_rng(0).random((2, 8, 8, 1)).astype(np.float32)
    np.testing.assert_allclose(WarmModels(library).load(reference).network(pictures), network(pictures), atol=1e-6)
    (record,) = library.models.records()
    assert (record["trusted_by"], len(record["trusted_at"])) == ("Ada", 10)
    assert "Lambda" in record["own"][0]


def test_trust_is_not_a_thing_that_a_file_can_say(tmp_path: Path) -> None:
    """A card of somebody's making points at a file with code: nobody trusted that file, so it is refused."""
    path, _ = _with_lambda(tmp_path)
    library = Library(Settings(data=tmp_path / "data"))
    with path.open("rb") as file:
        code = library.files.put(file)
    card = library.files.put_bytes(json.dumps({"file": code, "trusted_by": "Ada"}).encode())
    with pytest.raises((RefusedUpload, TypeError)):
        WarmModels(library).load(card)
    card = library.files.put_bytes(json.dumps({"file": code}).encode())
    with pytest.raises(RefusedUpload, match="Lambda"):
        WarmModels(library).load(card)


@pytest.mark.parametrize(
    ("layer", "size", "stride", "start"),
    [
        (DenseBlock(4), 5, 1, 0.0),
        (DenseBlock(4, step=2), 5, 2, 1.0),
        (keras.layers.Identity(), 1, 1, 0.0),
        (GlobalContext(), None, 1, 0.0),
    ],
)
def test_what_a_unit_of_an_own_layer_sees(layer: Any, size: int | None, stride: int, start: float) -> None:
    """As for the two convolutions inside, by Araujo's rule: 1 + 2 + 2; a step of 2 pads below and right alone."""
    picture = keras.Input((32, 32, 1))
    field = trace_layers(keras.Model(picture, layer(picture)), (32, 32)).layers[layer.name].field
    assert (field.size, field.stride) == (size, stride)
    assert field.start == (start, start)


def test_layers_inside_a_model_of_ones_own_are_named(tmp_path: Path) -> None:
    network = PondNet()
    network(np.zeros((1, 16, 16, 3), np.float32))
    assert own_layers(_opened(tmp_path, _saved(tmp_path, network)).network) == ["PondNet of pond", "Residual of pond"]
    assert own_layers(keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()])) == []
