"""What a SavedModel says of its Keras network: its configuration, and which stored tensor is which layer's weight.

TensorFlow 2.5 to 2.15 wrote `keras_metadata.pb` beside the graph; 2.0 to 2.4 the same texts into the graph's file.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.errors import RefusedUpload, message
from shared.settings import MEGABYTE
from shared.uploads.configs import parse_config
from shared.uploads.saved_model.bundle import Entry, read_index
from shared.uploads.stored_weights import MAX_CONFIG
from shared.uploads.upgrades.upgrade import Origin
from shared.uploads.wire import Budget, Damaged, Message

GRAPH, METADATA, INDEX = "saved_model.pb", "keras_metadata.pb", "variables/variables.index"
MAX_GRAPH, MAX_INDEX, MAX_OBJECTS = 512 * MEGABYTE, 16 * MEGABYTE, 200_000
_NETWORKS = ("_tf_keras_sequential", "_tf_keras_network", "_tf_keras_model")
_OBJECTS_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
# Children of a layer that list what its other children name.
_LISTS = ("keras_api", "variables", "trainable_variables", "non_trainable_variables", "layers", "regularization_losses")
_COPY_AGAIN = "It is cut off or damaged; copy it again."
NO_METADATA = (
    "It holds a graph alone, as `model.export()` writes it. Convert that to ONNX, which opens here: `pip install "
    "tf2onnx`, `python -m tf2onnx.convert --saved-model FOLDER --output name.onnx --opset 17`. Or go back to the Keras "
    "model and `model.save('name.keras')`."
)
_SUBCLASSED = "Its network is Python code of its own: rebuild it as a Functional or Sequential model and save that."


@dataclass(frozen=True)
class SavedWeightEntry:
    """A weight in the checkpoint.

    Attributes:
        group: the layer of the outermost network that it belongs to.
        path: names of the layers inside it, the innermost last.
        weight: name in that layer, "kernel".
        entry: where its values lie.
    """

    group: str
    path: tuple[str, ...]
    weight: str
    entry: Entry


@dataclass(frozen=True)
class SavedModel:
    """A SavedModel's network as data.

    Attributes:
        config: of Keras 2: class_name and config.
        origin: the TensorFlow release, whose number is near Keras's own of the time.
        weights: in the order in which the layers lie in the network.
        shards: members with the values, by number.
    """

    config: dict[str, Any]
    origin: Origin
    weights: tuple[SavedWeightEntry, ...]
    shards: tuple[str, ...]


def holds_saved_model(path: Path) -> bool:
    """Whether a zip archive has a SavedModel inside, by the names at its end; it is not opened."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - MEGABYTE))
        return GRAPH.encode() in file.read()


def _home(names: list[str]) -> str:
    """The folder inside an archive that is a SavedModel, "" for its top."""
    if odd := next((name for name in names if name.startswith(("/", "\\")) or ".." in name), ""):
        advice = "This archive tries to write outside its folder; do not open it elsewhere either."
        raise RefusedUpload(message("plain member names", odd, advice))
    homes = [name.removesuffix(GRAPH) for name in names if name.rpartition("/")[2] == GRAPH]
    if len(homes) != 1:
        raise RefusedUpload(message("one SavedModel in the archive", f"{len(homes)} of them", "Pack one folder."))
    return homes[0]


def pack_folder(folder: Path, target: Path) -> Path:
    """A SavedModel's folder as the zip archive that is kept; the same bytes for the same files."""
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted([GRAPH, METADATA, *(f"variables/{p.name}" for p in (folder / "variables").glob("*"))]):
            if (folder / name).is_file():
                with (folder / name).open("rb") as source, archive.open(zipfile.ZipInfo(name), "w") as member:
                    while chunk := source.read(MEGABYTE):
                        member.write(chunk)
    return target


def read_saved_model(archive: zipfile.ZipFile, limit: int) -> SavedModel:
    """What a SavedModel in an archive says of its network.

    Args:
        archive: open; member names are only compared, never used as paths.
        limit: most bytes of all its values.

    Raises:
        RefusedUpload: no Keras metadata, a network of its own code, damage, or more than the bounds.
    """
    home = _home(archive.namelist())
    try:
        nodes, origin = _metadata(archive, home)
        index, count = read_index(_member(archive, home + INDEX, MAX_INDEX))
        shards = tuple(f"{home}variables/variables.data-{i:05d}-of-{count:05d}" for i in range(min(count, 1000)))
        objects = _objects(archive, index, shards)
        config = nodes.get(0, {})
        if not isinstance(config.get("config"), dict | list) or "layers" not in config["config"]:
            raise RefusedUpload(message("a Functional or Sequential model", str(config.get("class_name")), _SUBCLASSED))
        weights = tuple(_weights(objects, nodes, index))
        _check_places(archive, [one.entry for one in weights], shards, limit)
    except (Damaged, KeyError, ValueError, RecursionError) as error:
        received = f"{error}" if isinstance(error, Damaged) else f"{type(error).__name__}: {error}"
        raise RefusedUpload(message("a whole SavedModel", received, _COPY_AGAIN)) from error
    plain = _plain({"class_name": config["class_name"], "config": config["config"]})
    return SavedModel(plain, origin, weights, shards)


def _member(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    with archive.open(name) as member:
        data = member.read(limit + 1)
    if len(data) > limit:
        raise Damaged(f"{name.rpartition('/')[2]} of more than {limit:,} bytes")
    return data


def _metadata(archive: zipfile.ZipFile, home: str) -> tuple[dict[int, dict[str, Any]], Origin]:
    """What Keras noted of every layer, by the number of its object; and who wrote it."""
    budget = Budget()
    graph = Message(memoryview(_member(archive, home + GRAPH, MAX_GRAPH)), budget).message(2)
    about = graph.message(1) if graph else None
    # As TensorFlow's Keras calls itself in other files: it computes some things otherwise than Keras of that number.
    origin = Origin.of(f"{about.text(5) if about else '2'}-tf", "tensorflow")
    if home + METADATA in archive.namelist():
        whole = Message(memoryview(_member(archive, home + METADATA, MAX_GRAPH)), budget)
        found = [(one.number(2), one.text(4), one.data(5)) for one in whole.messages(1)]
    else:
        listed = graph.message(7) if graph else None
        owned = [node.message(4) for node in listed.messages(1)] if listed else []
        found = [(i, one.text(1), one.data(3)) for i, one in enumerate(owned) if one]
    if not found or not any(kind in _NETWORKS for number, kind, _ in found if number == 0):
        raise RefusedUpload(message("a SavedModel with Keras's metadata", "one without", NO_METADATA))
    return {number: _parsed(text) for number, kind, text in found if text and kind.startswith("_tf_keras")}, origin


def _parsed(text: memoryview) -> dict[str, Any]:
    if len(text) > MAX_CONFIG:
        raise Damaged(f"a configuration of more than {MAX_CONFIG:,} bytes")
    value = parse_config(bytes(text), "the metadata")
    if not isinstance(value, dict):
        raise Damaged("a configuration that is no object")
    return value


def _objects(archive: zipfile.ZipFile, index: dict[str, Entry], shards: tuple[str, ...]) -> list[Message]:
    """The nodes of the checkpoint's graph of objects, numbered as Keras's metadata numbers them."""
    entry = index[_OBJECTS_KEY]
    if not 0 <= entry.shard < len(shards):
        raise Damaged("a shard that is not there")
    with archive.open(shards[entry.shard]) as member:
        member.seek(entry.offset)
        text = Entry((), 0, 0, entry.size, entry.kind).text(member.read(min(entry.size, MAX_INDEX)), MAX_INDEX)
    nodes = Message(memoryview(text), Budget()).messages(1)
    if len(nodes) > MAX_OBJECTS:
        raise Damaged(f"more than {MAX_OBJECTS:,} objects")
    return nodes


def _weights(
    objects: list[Message], nodes: dict[int, dict[str, Any]], index: dict[str, Entry]
) -> Iterator[SavedWeightEntry]:
    """The weights of the network, layer by layer; what it was compiled with is passed over."""
    names = {number: str(one.get("name", "")) for number, one in nodes.items()}
    seen = {0}

    def walk(number: int, path: tuple[str, ...]) -> Iterator[SavedWeightEntry]:
        for child, name in _children(objects[number]):
            if name in _LISTS or not 0 <= child < len(objects) or child in seen:
                continue
            keys = [one.text(3) for one in objects[child].messages(2) if one.text(1) == "VARIABLE_VALUE"]
            if keys and path and keys[0] in index:
                seen.add(child)
                inner = tuple(part for one in path[1:] for part in one.split("/"))
                yield SavedWeightEntry(path[0], inner, name, index[keys[0]])
            elif child in names and len(path) < 100 and (path or name.startswith("layer")):
                seen.add(child)
                yield from walk(child, (*path, names[child]))

    yield from walk(0, ())


def _check_places(archive: zipfile.ZipFile, entries: list[Entry], shards: tuple[str, ...], limit: int) -> None:
    """That every weight lies where the index says; of what was falsified nothing is unpacked."""
    total = 0
    for number in sorted({entry.shard for entry in entries}):
        if not 0 <= number < len(shards):
            raise Damaged(f"shard {number} of {len(shards)}")
        total += (length := archive.getinfo(shards[number]).file_size)
        for entry in entries:
            if entry.shard == number:
                entry.check(length)
    total = max(total, sum(entry.size for entry in entries))
    if total > limit:
        raise RefusedUpload(message(f"at most {limit:,} bytes of weights", f"{total:,}", _COPY_AGAIN))


def _children(node: Message) -> list[tuple[int, str]]:
    return [(one.number(1), one.text(2)) for one in node.messages(1)]


def _plain(value: Any) -> Any:
    """Tuples and shapes, which this format writes as objects, as lists."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") in ("__tuple__", "TensorShape") and isinstance(value.get("items"), list):
        return _plain(value["items"])
    return {key: _plain(one) for key, one in value.items()}
