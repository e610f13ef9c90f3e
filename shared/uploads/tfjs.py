"""Layers models of TensorFlow.js, read as data: `model.json` with its shards of weights, packed into one zip archive.

https://github.com/tensorflow/tfjs/tree/master/tfjs-converter: `weightsManifest` lists groups of shards, and the weights
that lie in them one behind the other, as they are or quantized to 1 or 2 bytes.
"""

import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from shared.errors import RefusedUpload, message
from shared.uploads.configs import parse_config
from shared.uploads.keras_archive import read_member
from shared.uploads.stored_weights import MAX_CONFIG
from shared.uploads.upgrades.upgrade import Origin

NAME = "model.json"
MAX_WEIGHTS = 100_000
_DTYPES = {"float32": "<f4", "int32": "<i4", "bool": "?", "uint8": "u1", "uint16": "<u2", "float16": "<f2"}
_KERAS_2 = "2"
_SHARDS = (
    "Add one zip archive of model.json and its .bin files, or the folder (in a terminal: `convscope models add "
    "FOLDER/model.json --name NAME`)."
)
_SAVE_AGAIN = "It is damaged: save it again, `model.save('downloads://name')`, or convert it again."
_GRAPH = (
    "A graph model has lost its layers: convert it again with `--output_format=tfjs_layers_model`, or add the Keras "
    "model that it was made from."
)


@dataclass(frozen=True)
class StoredWeight:
    """A weight: its name, its shape, how it is stored, and how many bytes it takes.

    Stored numbers times `scale` plus `least` are its values where it is quantized to whole numbers.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scale: float = 1.0
    least: float = 0.0

    @property
    def size(self) -> int:
        """Bytes."""
        return prod(self.shape) * self.dtype.itemsize

    def values(self, data: bytes | memoryview) -> np.ndarray:
        """Its values, float32 where it is quantized."""
        stored = np.frombuffer(data, self.dtype).reshape(self.shape)
        if (self.scale, self.least) == (1.0, 0.0):
            return stored.astype(np.float32) if self.dtype == np.float16 else stored
        return (stored * np.float32(self.scale) + np.float32(self.least)).astype(np.float32)


@dataclass(frozen=True)
class BrowserModel:
    """What a layers model says.

    Attributes:
        config: of a Sequential or Functional model.
        origin: which Keras its configuration is of.
        groups: members of the archive that lie one behind the other, and the weights in them.
    """

    config: dict[str, Any]
    origin: Origin
    groups: tuple[tuple[tuple[str, ...], tuple[StoredWeight, ...]], ...]

    @property
    def count(self) -> int:
        """Numbers stored."""
        return sum(prod(weight.shape) for _, weights in self.groups for weight in weights)


def holds_browser_model(names: list[str]) -> bool:
    """Whether the members of an archive are those of a TensorFlow.js model."""
    return sum(name.rpartition("/")[2] == NAME for name in names) == 1


def read_browser_model(archive: zipfile.ZipFile, limit: int) -> BrowserModel:
    """What a layers model in an archive says of its network.

    Args:
        archive: open; member names are only compared, never used as paths.
        limit: most bytes of all its shards.

    Raises:
        RefusedUpload: a graph model, shards that are missing, or other bytes than it announces.
    """
    files = {info.filename: info for info in archive.infolist()}
    name = next(one for one in files if one.rpartition("/")[2] == NAME)
    said = parse_config(read_member(archive, files[name], MAX_CONFIG), NAME)
    try:
        topology = _topology(said)
        config = topology.get("model_config", topology)
        groups = tuple(_group(one, name.removesuffix(NAME)) for one in said["weightsManifest"])
        version = topology.get("keras_version", _KERAS_2)
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        received = f"{type(error).__name__}: {error}"[:110]
        raise RefusedUpload(message("a model.json as TensorFlow.js writes it", received, _SAVE_AGAIN)) from error
    if sum(len(weights) for _, weights in groups) > MAX_WEIGHTS:
        raise RefusedUpload(message(f"at most {MAX_WEIGHTS:,} weights", "more of them", _SAVE_AGAIN))
    _check_sizes(groups, files, limit)
    # What the library itself saved is of the form that Keras 2 writes.
    plain = version if str(version)[:1].isdigit() else _KERAS_2
    return BrowserModel(config, Origin.of(plain), groups)


def _topology(said: dict[str, Any]) -> dict[str, Any]:
    topology = said.get("modelTopology")
    if said.get("format") == "graph-model" or not isinstance(topology, dict) or "node" in topology:
        raise RefusedUpload(message("a layers model of TensorFlow.js", "a graph model", _GRAPH))
    return topology


def _group(said: dict[str, Any], folder: str) -> tuple[tuple[str, ...], tuple[StoredWeight, ...]]:
    paths = tuple(folder + str(path).removeprefix("./") for path in said["paths"])
    return paths, tuple(_weight(one) for one in said["weights"])


def _weight(said: dict[str, Any]) -> StoredWeight:
    shape = tuple(int(side) for side in said["shape"])
    quantized = said.get("quantization") or {}
    dtype = np.dtype(_DTYPES[quantized.get("dtype", said["dtype"])])
    if min(shape, default=0) < 0 or len(shape) > 8:
        raise ValueError(f"a weight of shape {shape}")
    return StoredWeight(
        str(said["name"])[:500], shape, dtype, float(quantized.get("scale", 1.0)), float(quantized.get("min", 0.0))
    )


def _check_sizes(groups: Any, files: dict[str, zipfile.ZipInfo], limit: int) -> None:
    if missing := next((path for paths, _ in groups for path in paths if path not in files), ""):
        raise RefusedUpload(message("model.json with its shards", f"no {missing}"[:110], _SHARDS))
    for paths, weights in groups:
        stored, said = sum(files[path].file_size for path in paths), sum(weight.size for weight in weights)
        if stored != said:
            received = f"{stored:,} in {', '.join(paths)}"[:110]
            raise RefusedUpload(message(f"shards of {said:,} bytes", received, _SAVE_AGAIN))
    if (total := sum(weight.size for _, weights in groups for weight in weights)) > limit:
        raise RefusedUpload(message(f"at most {limit:,} bytes of weights", f"{total:,}", _SAVE_AGAIN))


def stored_values(archive: zipfile.ZipFile, model: BrowserModel) -> Iterator[tuple[str, np.ndarray]]:
    """Names and values of all weights, a group of shards in memory at a time."""
    files = {info.filename: info for info in archive.infolist()}
    for paths, weights in model.groups:
        data = memoryview(b"".join(read_member(archive, files[path], files[path].file_size) for path in paths))
        place = 0
        for weight in weights:
            yield weight.name, weight.values(data[place : place + weight.size])
            place += weight.size


def pack_browser_model(path: Path, target: Path) -> Path:
    """A model.json and the shards beside it as the zip archive that is kept; the same bytes for the same files.

    Args:
        path: of model.json. Names in it are only compared with those of the files beside it.
        target: of the archive.

    Raises:
        RefusedUpload: a shard is missing.
    """
    with path.open("rb") as file:
        said = parse_config(file.read(MAX_CONFIG + 1), NAME)
    beside = {one.name: one for one in path.parent.iterdir() if one.is_file() and not one.is_symlink()}
    manifest = said.get("weightsManifest")
    groups = [one for one in manifest if isinstance(one, dict)] if isinstance(manifest, list) else []
    listed = [one.get("paths") for one in groups]
    names = [str(name).removeprefix("./") for paths in listed if isinstance(paths, list) for name in paths]
    if missing := next((name for name in names if name not in beside), ""):
        raise RefusedUpload(message("model.json with its shards beside it", f"no {missing}"[:110], _SHARDS))
    with zipfile.ZipFile(target, "w") as archive:
        for name, source in [(NAME, path), *((name, beside[name]) for name in sorted(set(names)))]:
            # Without the file's time: the digest is that of what is in it.
            with source.open("rb") as file, archive.open(zipfile.ZipInfo(name), "w") as member:
                shutil.copyfileobj(file, member)
    return target


def is_browser_model(path: Path) -> bool:
    """Whether a file is the model.json of a TensorFlow.js model."""
    if path.suffix != ".json" or not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(4096)
    return start.lstrip().startswith(b"{") and any(key in start for key in (b'"modelTopology"', b'"weightsManifest"'))
