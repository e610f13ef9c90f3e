"""A network in two files, `model.to_json()` and `model.save_weights()`: packed into the one that Keras saves else.

Weights by the names of layers (Keras 1 and 2) become a legacy .h5 file with the architecture in it, weights by layers'
numbers (.weights.h5, Keras 3 and TensorFlow 2.12 to 2.15) a .keras archive. Nothing of either file is changed.
"""

import json
import shutil
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py

from shared.errors import RefusedUpload, message
from shared.settings import MEGABYTE
from shared.uploads.class_folders import is_hidden
from shared.uploads.configs import parse_config
from shared.uploads.data_sets import ZIP_ERRORS
from shared.uploads.keras_archive import check_directory, read_member
from shared.uploads.stored_weights import MAX_CONFIG, count_weights, open_weights
from shared.uploads.upgrades.upgrade import Origin

# In metadata.json of an archive that was packed here: its weights are still to be proved to be the architecture's.
SEPARATE = "weights_saved_separately"
WEIGHTS_SUFFIXES = (".h5", ".hdf5")
# Files beside one that are looked into for the other half.
MAX_BESIDE = 200
_BOTH = (
    "Name both, or add a zip of the two (in a terminal: `convscope models add model.json NAME.weights.h5 --name NAME`)."
)
_ZIP_MAGIC, _HDF5_MAGIC = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"
_KERAS_2, _KERAS_3 = "2", "3"


@dataclass(frozen=True)
class TwoFiles:
    """Where a network's two halves lie."""

    architecture: Path
    weights: Path

    @property
    def title(self) -> str:
        """For people: both names."""
        return f"{self.weights.name} with {self.architecture.name}"


def two_files(path: Path, weights: Path | None = None) -> TwoFiles | None:
    """The two files of a network whose weights were saved by themselves; None where `path` is no such half.

    Args:
        path: the architecture, or the weights, or a folder that holds both and no more than one of each.
        weights: the other file, in whichever order; None: what lies beside the first is looked at.

    Raises:
        RefusedUpload: of two files one is missing or neither; or several lie beside the first.
    """
    if weights is not None:
        both = sorted((path, weights), key=is_architecture, reverse=True)
        if not is_architecture(both[0]) or not is_weights(both[1]):
            received = f"{path.name} and {weights.name}"
            raise RefusedUpload(message("a network's JSON and a file of its weights alone", received, _BOTH))
        return TwoFiles(*both)
    if path.is_dir():
        return _in_folder(_files(path))
    if is_architecture(path):
        found = _other_half(path, [one for one in _files(path.parent) if is_weights(one)], "weights")
        return TwoFiles(path, found) if found else None
    if is_weights(path):
        found = _other_half(path, [one for one in _files(path.parent) if is_architecture(one)], "architectures")
        return TwoFiles(found, path) if found else None
    return None


def _files(folder: Path) -> list[Path]:
    return [one for one in sorted(folder.iterdir())[:MAX_BESIDE] if one.is_file()]


def _in_folder(files: Sequence[Path]) -> TwoFiles | None:
    texts, stores = [one for one in files if is_architecture(one)], [one for one in files if is_weights(one)]
    packed = any(one.name == "metadata.json" for one in files)  # what somebody unpacked has an advice of its own
    return TwoFiles(texts[0], stores[0]) if len(texts) == len(stores) == 1 and not packed else None


def _other_half(path: Path, others: Sequence[Path], noun: str) -> Path | None:
    """The one file that can belong to another, or of several the one of its name."""
    bare = path.name.partition(".")[0]
    named = [one for one in others if one.name.partition(".")[0] == bare]
    if len(others) > 1 and len(named) != 1:
        received = f"{len(others)}: {', '.join(one.name for one in others)}"
        raise RefusedUpload(message(f"one file of {noun} beside {path.name}", received[:116], _BOTH))
    return next(iter(named or others), None)


def is_architecture(path: Path) -> bool:
    """Whether a file is the JSON of a Keras network, as `to_json()` or `get_config()` wrote it."""
    if path.suffix.lower() != ".json" or not 0 < path.stat().st_size <= MAX_CONFIG:
        return False
    try:
        return bool(read_architecture(path.read_bytes(), path.name))
    except RefusedUpload:
        return False


def is_weights(path: Path) -> bool:
    """Whether a file is HDF5 without a network inside."""
    if not path.name.lower().endswith(WEIGHTS_SUFFIXES):
        return False
    with path.open("rb") as file:
        if file.read(8) != _HDF5_MAGIC:
            return False
    try:
        with open_weights(path) as content:
            return len(content) > 0 and "model_config" not in content.attrs
    except RefusedUpload:
        return False


def read_architecture(data: bytes, name: str) -> dict[str, Any]:
    """A network's configuration; {} for JSON of something else.

    Args:
        data: what `to_json()` returned, also where that text was written as JSON once more; or `get_config()`.
        name: of the file, for the message.

    Raises:
        RefusedUpload: it is no JSON.
    """
    text = data.removeprefix(b"\xef\xbb\xbf").strip()
    if text.startswith(b'"'):
        text = _once_more(text)
    config = parse_config(text, name)
    if isinstance(config.get("class_name"), str) and isinstance(config.get("config"), dict | list):
        return config
    if isinstance(config.get("layers"), list) and isinstance(config.get("name"), str):
        return {"class_name": "Functional" if "input_layers" in config else "Sequential", "config": config}
    return {}


def _once_more(text: bytes) -> bytes:
    try:
        inner = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return inner.encode() if isinstance(inner, str) else text


def pack_two_files(files: TwoFiles, target: Path) -> Path:
    """One model file of both halves; the same bytes for the same files.

    Args:
        files: looked at before.
        target: where, with a name without an ending.

    Returns:
        Its path, which ends in .h5 or .keras.

    Raises:
        RefusedUpload: a half is damaged.
    """
    config = read_architecture(files.architecture.read_bytes(), files.architecture.name)
    origin = _origin(config)
    with open_weights(files.weights) as content:
        count_weights(content, "/", files.weights.stat().st_size)
        by_name = "layer_names" in content.attrs or "layer_names0" in content.attrs or "model_weights" in content
    if by_name:
        return _as_legacy_file(files.weights, config, origin, target.with_suffix(".h5"))
    path = target.with_suffix(".keras")
    metadata = {"keras_version": origin.version, SEPARATE: True}
    with zipfile.ZipFile(path, "w") as archive:
        # Without the files' times: the digest is that of what is in them.
        archive.writestr(zipfile.ZipInfo("metadata.json"), json.dumps(metadata))
        archive.writestr(zipfile.ZipInfo("config.json"), json.dumps(config))
        with files.weights.open("rb") as source, archive.open(zipfile.ZipInfo("model.weights.h5"), "w",
                                                              force_zip64=True) as member:  # fmt: skip
            shutil.copyfileobj(source, member, MEGABYTE)
    return path


def _origin(config: dict[str, Any]) -> Origin:
    """Who wrote an architecture: Keras 3 notes no version, but the module of every class."""
    version = config.get("keras_version") or (_KERAS_3 if "module" in config else "")
    said = Origin.of(version, config.get("backend", ""))
    inner = json.dumps(config.get("config"))
    today = _KERAS_3 if '"registered_name"' in inner else _KERAS_2
    return said if said.version[:1].isdigit() else Origin(today, said.backend)


def _as_legacy_file(weights: Path, config: dict[str, Any], origin: Origin, path: Path) -> Path:
    shutil.copyfile(weights, path)
    with h5py.File(path, "r+") as file:
        file.attrs["model_config"] = json.dumps(config).encode()
        file.attrs["keras_version"] = origin.version.encode()
        if origin.backend:
            file.attrs["backend"] = origin.backend.encode()
    return path


def unpacked_pair(path: Path, folder: Path, limit: int) -> TwoFiles | None:
    """The two halves that a zip archive holds, unpacked under names of ours; None for any other file.

    Args:
        path: of an archive, which may hold what an operating system puts beside, and nothing else.
        folder: where to unpack, empty.
        limit: most bytes of the weights.

    """
    with path.open("rb") as file:
        if file.read(4) != _ZIP_MAGIC:
            return None
        try:
            # A directory that is none, or would fill the memory: the check says what is wrong with the file.
            check_directory(file, path.stat().st_size)
            with zipfile.ZipFile(file) as archive:
                found = _unpack_both(archive, folder, limit)
        except (RefusedUpload, *ZIP_ERRORS):
            return None
    return found if found and is_architecture(found.architecture) and is_weights(found.weights) else None


def _unpack_both(archive: zipfile.ZipFile, folder: Path, limit: int) -> TwoFiles | None:
    infos = [one for one in archive.infolist() if not (one.is_dir() or is_hidden(one.orig_filename))]
    texts = [one for one in infos if one.filename.lower().endswith(".json")]
    stores = [one for one in infos if one.filename.lower().endswith(WEIGHTS_SUFFIXES)]
    if len(infos) != 2 or len(texts) != 1 or len(stores) != 1:
        return None
    found = TwoFiles(folder / "architecture.json", folder / "network.weights.h5")
    found.architecture.write_bytes(read_member(archive, texts[0], MAX_CONFIG))
    _unpack(archive, stores[0], found.weights, limit)
    return found


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, limit: int) -> None:
    left = limit
    with archive.open(info) as source, target.open("wb") as file:
        while chunk := source.read(MEGABYTE):
            left -= len(chunk)
            if left < 0:
                received = f"more than that in {info.filename}"
                raise RefusedUpload(message(f"at most {limit:,} bytes of weights", received, "Save them again."))
            file.write(chunk)
