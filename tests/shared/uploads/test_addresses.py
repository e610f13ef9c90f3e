"""Models by address: fetched within bounds, one sentence for all that can go wrong on the way."""

import json
import sys
from pathlib import Path
from typing import Any

import fsspec
import pytest

from shared.errors import RefusedUpload
from shared.settings import Settings
from shared.uploads.addresses import fetched, is_address
from shared.uploads.models import check_model
from tests.fixtures.model_files import dense, keras_file, sequential, weights_file

LIMIT = 1024 * 1024


@pytest.fixture
def memory() -> Any:
    """An object store of fsspec's own, empty."""
    store = fsspec.filesystem("memory")
    store.rm("/", recursive=True)
    yield store
    store.rm("/", recursive=True)


def _net(folder: Path) -> Path:
    return keras_file(folder / "net.keras", sequential(dense()))


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("s3://bucket/net.keras", True),
        ("hf://somebody/net", True),
        ("mlflow:models:/net/3", True),
        ("net.keras", False),
        ("models/net.keras", False),
        ("c:\\nets\\net.keras", False),
        ("keras/vgg16", False),
    ],
)
def test_what_is_an_address(source: str, address: bool) -> None:
    assert is_address(source) is address


def test_a_file_of_a_store(memory: Any, tmp_path: Path) -> None:
    path = _net(tmp_path)
    memory.pipe("/nets/net.keras", path.read_bytes())
    with fetched("memory://nets/net.keras", LIMIT) as found:
        assert found.read_bytes() == path.read_bytes()
    assert not found.exists()


def test_a_preset_is_packed_as_the_file_that_it_is(memory: Any, tmp_path: Path) -> None:
    memory.pipe("/preset/config.json", json.dumps(sequential(dense())).encode())
    memory.pipe("/preset/metadata.json", b"{}")
    memory.pipe("/preset/model.weights.h5", weights_file(tmp_path / "w.h5").read_bytes())
    memory.pipe("/preset/tokenizer.json", b"{}")
    with fetched("memory://preset", LIMIT) as found:
        assert check_model(found, Settings()).parameters == 36


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("memory://nets/absent.keras", "absent.keras.*Look at the address"),
        ("memory://nets/large.keras", "at most 1,048,576 bytes.*CONVSCOPE_MAX_UPLOAD"),
        ("memory://folder", r"a model file, or a KerasHub preset.*a\.txt"),
        ("nosuch://bucket/net.keras", "a model at nosuch.*nosuch"),
        ("mlflow:models:/net/3", "mlflow beside this command.*pip install mlflow"),
        ("kaggle://keras/net/keras/small", "kagglehub beside this command.*pip install kagglehub"),
    ],
)
def test_what_goes_wrong_on_the_way(memory: Any, monkeypatch: pytest.MonkeyPatch, address: str, reason: str) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    memory.pipe("/nets/large.keras", b"x" * (LIMIT + 1))
    memory.pipe("/folder/a.txt", b"x")
    with pytest.raises(RefusedUpload, match=reason) as refused, fetched(address, LIMIT):
        pass
    assert "\n" not in str(refused.value)
