"""SavedModels with Keras's metadata: read as data, every weight where it belongs, damage in one sentence."""

import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from shared.errors import RefusedUpload
from shared.library import Library
from shared.settings import Settings
from shared.uploads.models import check_model
from shared.uploads.saved_model import pack_folder
from shared.uploads.saved_model.bundle import read_index
from tests.fixtures.old_model_files import after, conv_2, dense_2, entry, functional, numbers, picture_input, sequential
from tests.fixtures.saved_models import index_of, saved_model_folder
from worker.networks.models import WarmModels

KERNEL, BIAS = numbers(1, 3, 3, 2, 4), numbers(2, 4)
SCALE = {"gamma": numbers(3, 4), "beta": numbers(4, 4), "moving_mean": numbers(5, 4),
         "moving_variance": np.abs(numbers(6, 4)) + 1}  # fmt: skip
INNER = {"kernel": numbers(7, 1, 1, 4, 5), "bias": numbers(8, 5)}
HEAD = {"kernel": numbers(9, 5, 3), "bias": numbers(10, 3)}
SETTINGS = Settings(max_upload=8 * 1024 * 1024)


def _config() -> dict[str, Any]:
    inner = functional(picture_input(4, 4, 4, name="input_2"), conv_2("inner/conv", 5, 1, after("input_2")),
                       out="inner/conv", name="inside")  # fmt: skip
    inner = {**inner, "name": "inside", "inbound_nodes": [after("norm")]}
    return functional(
        picture_input(6, 6, 2), conv_2("conv", 4, 3, after("input_1"), activation="linear"),
        entry("BatchNormalization", "norm", after("conv"), axis=[3], epsilon=0.001, center=True, scale=True), inner,
        entry("GlobalMaxPooling2D", "top", after("inside")), dense_2("head", 3, after("top")), out="head",
    )  # fmt: skip


def _folder(folder: Path, **more: Any) -> Path:
    layers = {"input_1": {}, "conv": {"kernel": KERNEL, "bias": BIAS}, "norm": SCALE,
              "inside": {"inner/conv": INNER}, "head": HEAD}  # fmt: skip
    return saved_model_folder(folder / "net", _config(), layers, **more)


def _by_hand(pictures: np.ndarray) -> np.ndarray:
    """The same network in NumPy."""
    windows = np.lib.stride_tricks.sliding_window_view(pictures, (3, 3), (1, 2))
    maps = np.einsum("nhwcij,ijco->nhwo", windows, KERNEL) + BIAS
    maps = (maps - SCALE["moving_mean"]) / np.sqrt(SCALE["moving_variance"] + 0.001) * SCALE["gamma"] + SCALE["beta"]
    maps = np.maximum(maps @ INNER["kernel"][0, 0] + INNER["bias"], 0)
    return maps.max((1, 2)) @ HEAD["kernel"] + HEAD["bias"]


@pytest.mark.parametrize("beside", [True, False])
def test_every_weight_is_where_it_belongs(tmp_path: Path, beside: bool) -> None:
    library = Library(Settings(data=tmp_path / "data"))
    reference = library.models.add_file(_folder(tmp_path, beside=beside, version="2.3.0"), "net")
    loaded = WarmModels(library).load(reference)
    pictures = numbers(0, 2, 6, 6, 2)
    np.testing.assert_allclose(loaded.network(pictures), _by_hand(pictures), atol=1e-5)
    assert loaded.upgraded_from == "Keras 2.3.0-tf"
    (record,) = library.models.records()
    assert (record["title"], record["parameters"]) == ("net", sum(a.size for a in (
        KERNEL, BIAS, *SCALE.values(), *INNER.values(), *HEAD.values())))  # fmt: skip


def test_a_folder_is_packed_into_the_same_bytes_each_time(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    first, second = (pack_folder(folder, tmp_path / name).read_bytes() for name in ("a.zip", "b.zip"))
    assert first == second


def _zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a SavedModel."""
    folder = _folder(tmp_path_factory.mktemp("saved"))
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


INDEX, SHARD = "variables/variables.index", "variables/variables.data-00000-of-00001"
Change = Callable[[dict[str, bytes]], dict[str, bytes]]


def _without(*names: str) -> Change:
    return lambda members: {name: data for name, data in members.items() if name not in names}


def _instead(name: str, change: Callable[[bytes], bytes]) -> Change:
    return lambda members: {**members, name: change(members[name])}


DAMAGED: dict[str, tuple[Change, str]] = {
    "no metadata": (_without("keras_metadata.pb"), r"Keras's metadata.*tf2onnx\.convert --saved-model"),
    "no index": (_without(INDEX), "a whole SavedModel.*variables.index"),
    "no values": (_without(SHARD), "a whole SavedModel.*variables.data"),
    "a cut index": (_instead(INDEX, lambda data: data[:-9]), "a whole SavedModel.*no index of a checkpoint"),
    "an index that points behind its end": (
        _instead(INDEX, lambda data: data[:-48] + b"\xff\xff\x7f" * 4 + data[-36:]), "a block behind the end",
    ),
    "a graph of another file": (_instead("keras_metadata.pb", lambda _: b"\xff\xff\xff"), "a whole SavedModel"),
    "a name that leads outside": (lambda members: {**members, "../../etc/passwd": b"x"}, "plain member names.*passwd"),
    "two of them": (lambda members: members | {f"b/{k}": v for k, v in members.items()}, "one SavedModel.*2 of them"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "words"), DAMAGED.values(), ids=DAMAGED)
def test_damage_is_one_sentence(tmp_path: Path, members: dict[str, bytes], change: Change, words: str) -> None:
    with pytest.raises(RefusedUpload, match=words) as refused:
        check_model(_zip(tmp_path / "a.zip", change(members)), SETTINGS)
    assert "\n" not in str(refused.value)


FALSE: dict[str, tuple[dict[str, Any], str]] = {
    "an offset behind the end": ({"offset": 10**6}, "a tensor of 288 bytes"),
    "an offset before the start": ({"offset": -5}, "a tensor of 288 bytes"),
    "a huge offset": ({"offset": 2**62}, "a tensor of 288 bytes"),
    "a huge shape": ({"shape": (2**40, 2**20)}, "a tensor of 288 bytes for shape"),
    "a huge tensor": ({"shape": (2**31, 2**20), "size": 2**53}, r"a tensor of 9,007,199,254,740,992 bytes"),
    "another shape": ({"shape": (3, 3, 2, 5)}, "a tensor of 288 bytes for shape"),
    "sides below zero": ({"shape": (-3, -3, 2, 4)}, "a tensor of shape"),
    "no such shard": ({"shard": 7}, "shard 7 of 1"),
    "a shard before the first": ({"shard": -1}, "shard -1 of 1"),
    "text for numbers": ({"kind": 7}, "TensorFlow's type 7"),
    "an unknown type": ({"kind": 99}, "TensorFlow's type 99"),
}


@pytest.mark.parametrize(("change", "words"), FALSE.values(), ids=FALSE)
def test_a_falsified_index_is_refused_when_it_is_added(
    tmp_path: Path, members: dict[str, bytes], change: dict[str, Any], words: str
) -> None:
    """What an index claims is compared with the file, before anything is unpacked or kept."""
    entries, count = read_index(members[INDEX])
    name = next(key for key, one in entries.items() if one.shape == KERNEL.shape)
    library = Library(Settings(data=tmp_path / "data"))
    same = _zip(tmp_path / "same.zip", {**members, INDEX: index_of(entries, count)})
    assert library.models.add_file(same, "same"), "the falsifier itself writes what is read"
    false = {**entries, name: replace(entries[name], **change)}
    with pytest.raises(RefusedUpload, match=f"a whole SavedModel.*{words}") as refused:
        library.models.add_file(_zip(tmp_path / "a.zip", {**members, INDEX: index_of(false, count)}), "net")
    assert "\n" not in str(refused.value) and [one["name"] for one in library.models.records()] == ["same"]


def test_shards_that_the_index_says_are_elsewhere_are_not_looked_for(tmp_path: Path, members: dict[str, bytes]) -> None:
    entries, _ = read_index(members[INDEX])
    odd = {f"../../{key}" if one.shape == KERNEL.shape else key: one for key, one in entries.items()}
    library = Library(Settings(data=tmp_path / "data"))
    reference = library.models.add_file(_zip(tmp_path / "a.zip", {**members, INDEX: index_of(odd)}), "net")
    with pytest.raises(RefusedUpload, match="weights"):  # a key is a name and no path: the kernel is missing
        WarmModels(library).load(reference)


def test_a_cut_shard_is_noticed_before_it_is_read(tmp_path: Path, members: dict[str, bytes]) -> None:
    """At the end lies the graph of objects, which is read first."""
    short = {**members, SHARD: members[SHARD][: len(members[SHARD]) // 2]}
    with pytest.raises(RefusedUpload, match="a whole SavedModel"):
        check_model(_zip(tmp_path / "a.zip", short), SETTINGS)


@pytest.mark.weights
def test_a_real_one_gives_what_it_gave_where_it_was_trained(test_data: Path, tmp_path: Path) -> None:
    library = Library(Settings(data=tmp_path / "data"))
    reference = library.models.add_file(test_data / "saved_models" / "sequential_tf_keras.zip", "digits")
    with np.load(test_data / "saved_models" / "sequential_tf_keras.npz") as known:
        given, expected = (known[name] for name in ("input", "output"))
    np.testing.assert_allclose(WarmModels(library).load(reference).network(given), expected, atol=1e-3)
    with pytest.raises(RefusedUpload, match=r"tf2onnx\.convert --saved-model"):
        library.models.add_file(test_data / "saved_models" / "keras3_export.zip", "graph")


def test_a_network_of_own_code_is_refused_by_its_class(tmp_path: Path) -> None:
    config = {"class_name": "Detector", "config": {"name": "detector"}}
    folder = saved_model_folder(tmp_path / "net", config, {"conv": {"kernel": KERNEL}})
    with pytest.raises(RefusedUpload, match=r"'Detector'.*Functional or Sequential"):
        check_model(pack_folder(folder, tmp_path / "a.zip"), SETTINGS)


def test_a_sequential_of_half_numbers(tmp_path: Path) -> None:
    """float16 and float64 come as they lie; the network computes in float32."""
    config = sequential(conv_2("c", 4, 3, batch_input_shape=[None, 6, 6, 2], activation="linear"))
    layers = {"c": {"kernel": KERNEL.astype(np.float16), "bias": BIAS.astype(np.float64)}}
    library = Library(Settings(data=tmp_path / "data"))
    reference = library.models.add_file(saved_model_folder(tmp_path / "half", config, layers), "half")
    network = WarmModels(library).load(reference).network
    np.testing.assert_array_equal(network.layers[0].kernel, KERNEL.astype(np.float16).astype(np.float32))
    assert struct.calcsize("e") == 2 and isinstance(network, keras.Sequential)
