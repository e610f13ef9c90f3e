"""What an HDF5 file of weights holds, read from its headers: no value is loaded. Of weights without a network, whose
they may be, and what to do with them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, takewhile
from pathlib import Path
from typing import IO, Any

import h5py

from shared.errors import RefusedUpload, message
from shared.uploads.advice import PACK_AGAIN, WITH_JSON
from shared.uploads.attribute_texts import check_texts
from shared.uploads.upgrades.upgrade import Origin

MAX_OBJECTS = 100_000
MAX_CONFIG = 5 * 1024 * 1024
EXPANSION_FLOOR = 64 * 1024 * 1024
MAX_EXPANSION = 20

# Kinds of numpy dtypes; V is how bfloat16 and 8-bit floats are kept.
_NUMBER_KINDS = "biufV"
_WEIGHT_GROUPS = {"_layer_checkpoint_dependencies", "layer_names", "layer_names0", "layers", "model_weights"}
_SAVE_AGAIN = "Save the model again with Keras, `model.save('name.keras')`."


@contextmanager
def open_weights(file: Path | IO[bytes]) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading; whatever its damage raises becomes one error.

    Args:
        file: a path, or a file open for reading bytes.

    Yields:
        The file.

    Raises:
        RefusedUpload: the file is cut off or damaged.
    """
    try:
        with h5py.File(file, "r") as weights:
            yield weights
    except RefusedUpload:
        raise
    # The HDF5 library answers damage with almost any class of error.
    except Exception as error:
        received = f"a file that HDF5 cannot read ({error})"
        advice = "It is cut off or damaged; copy it again."
        raise RefusedUpload(message("whole HDF5 weights", received, advice)) from error


def count_weights(weights: h5py.File, folder: str, file_size: int) -> int:
    """Check every object of a file and count the numbers of the model.

    Args:
        weights: the open file.
        folder: the group that holds the model's own weights; "/" for all but the optimizer's.
        file_size: size of the file, in bytes.

    Returns:
        Number of weights, without the optimizer's and the random generators'.

    Raises:
        RefusedUpload: links, virtual or external data, no numbers, or far more of them than bytes.
    """
    parameters = 0
    content = 0
    for path, dataset in _datasets(weights):
        _check_dataset(path, dataset)
        content += int(dataset.nbytes)
        if _is_weight(path, folder):
            parameters += int(dataset.size)
    if content > max(EXPANSION_FLOOR, MAX_EXPANSION * file_size):
        received = f"{content:,} bytes in a file of {file_size:,}"
        expected = f"weights of at most {MAX_EXPANSION} times the file's size"
        raise RefusedUpload(message(expected, received, _SAVE_AGAIN))
    return parameters


def _is_weight(path: str, folder: str) -> bool:
    parts = path.strip("/").split("/")
    own = parts[0] == folder if folder != "/" else not parts[0].startswith("optimizer")
    return own and not any(part.startswith("seed_generator") for part in parts)


def _datasets(weights: h5py.File) -> Iterator[tuple[str, h5py.Dataset]]:
    """Every dataset with its path; an object that has several names comes once."""
    seen: set[int] = set()
    groups: list[h5py.Group] = [weights]
    while groups:
        group = groups.pop()
        for name in group:
            path = f"{group.name.rstrip('/')}/{name}"
            thing = _follow(group, name, path)
            address = h5py.h5o.get_info(thing.id).addr
            if address in seen:
                continue
            seen.add(address)
            _check_number(len(seen))
            if isinstance(thing, h5py.Group):
                groups.append(thing)
            else:
                yield path, thing


def _check_number(objects: int) -> None:
    if objects > MAX_OBJECTS:
        expected = f"at most {MAX_OBJECTS:,} objects in the weights"
        raise RefusedUpload(message(expected, "more of them", _SAVE_AGAIN))


def _follow(group: h5py.Group, name: str, path: str) -> h5py.Group | h5py.Dataset:
    link = group.get(name, getlink=True)
    if not isinstance(link, h5py.HardLink):
        words = "a link to another file" if isinstance(link, h5py.ExternalLink) else "a soft link"
        raise RefusedUpload(message("weights inside the file itself", f"{words} at {path}", _SAVE_AGAIN))
    thing = group[name]
    if not isinstance(thing, h5py.Group | h5py.Dataset):
        raise RefusedUpload(message("groups and datasets only", f"another object at {path}", _SAVE_AGAIN))
    return thing


def _check_dataset(path: str, dataset: h5py.Dataset) -> None:
    if dataset.is_virtual or dataset.external:
        received = f"a dataset whose values lie in another file, {path}"
        raise RefusedUpload(message("weights inside the file itself", received, _SAVE_AGAIN))
    if dataset.dtype.kind not in _NUMBER_KINDS or dataset.dtype.itemsize > 16 or dataset.size is None:
        raise RefusedUpload(message("weights that are numbers", f"{dataset.dtype} at {path}", _SAVE_AGAIN))


def read_model_config(weights: h5py.File) -> bytes:
    """The `model_config` attribute of a legacy model file.

    Raises:
        RefusedUpload: there is none (a file of weights only), or it is no text of reasonable size.
    """
    if "model_config" not in weights.attrs:
        groups = [str(name) for name in weights][:100]
        if not _WEIGHT_GROUPS & {*groups, *weights.attrs}:
            received = _other_contents(groups)
            raise RefusedUpload(message("a file with a whole model", received, _SAVE_AGAIN))
        raise refuse_weights_alone(layer_names(weights.attrs) or groups)
    attribute = weights.attrs.get_id("model_config")
    if attribute.shape != () or attribute.get_storage_size() > MAX_CONFIG:
        raise RefusedUpload(message("`model_config` as one text", str(attribute.shape), _SAVE_AGAIN))
    text = weights.attrs["model_config"]
    if not isinstance(text, str | bytes):
        raise RefusedUpload(message("`model_config` as one text", type(text).__name__, _SAVE_AGAIN))
    data = text if isinstance(text, bytes) else text.encode()
    if len(data) > MAX_CONFIG:
        received = f"{len(data):,} bytes"
        raise RefusedUpload(message(f"`model_config` of at most {MAX_CONFIG:,} bytes", received, _SAVE_AGAIN))
    return data


def _other_contents(groups: list[str]) -> str:
    """What an HDF5 file holds that has neither a network nor weights."""
    if not groups:
        return "an empty HDF5 file: the Keras that wrote it failed on the way"
    if set(groups) <= {"optimizer", "optimizer_weights"}:
        return "the state of an optimizer, without a network and its weights"
    return f"an HDF5 file that no Keras wrote: {', '.join(groups)}"[:116]


def read_origin(weights: h5py.File) -> Origin:
    """Which Keras wrote a legacy model file, and which backend computed it.

    Returns:
        The version "1" where the file does not say, as before 1.2; a backend that Keras 1 did not note is told by
        the names of the weights, which TensorFlow ends with ":0".
    """
    group = weights.get("model_weights", weights)
    version = weights.attrs.get("keras_version", group.attrs.get("keras_version", "1"))
    said = Origin.of(version, weights.attrs.get("backend", group.attrs.get("backend", "")))
    if said.backend or not said.version.startswith("1"):
        return said
    groups = [one for one in group.values() if isinstance(one, h5py.Group)]
    names = [name for one in groups for name in read_names(one.attrs, "weight_names")]
    return Origin(said.version, "theano" if names and not any(name.endswith(":0") for name in names) else "")


# A name that only one architecture of keras.applications has, the more special first.
_LANDMARKS = {
    "block5_conv4": "vgg19",
    "block5_conv3": "vgg16",
    "block14_sepconv2": "xception",
    "mixed10": "inceptionv3",
    "conv_7b": "inceptionresnetv2",
    "res5c_branch2c": "resnet50",
    "conv5_block3_3_conv": "resnet50",
    "conv5_block32_concat": "densenet169",
    "conv5_block16_concat": "densenet121",
    "conv_pw_13": "mobilenet",
    "block_16_project": "mobilenetv2",
    "top_conv": "efficientnetb0",
}


def refuse_weights_alone(names: list[str]) -> RefusedUpload:
    """The error for a file of weights.

    Args:
        names: of its layers, in any order; of its groups where it does not name layers.
    """
    known = next((architecture for mark, architecture in _LANDMARKS.items() if mark in names), "")
    shown = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
    received = f"weights only, without `model_config`{': ' + shown if shown else ''}"
    advice = (
        f"Add them as weights for an architecture{f', {known} by their layer names,' if known else ''} under Models "
        f"(in a terminal: `convscope models add keras/{known or '<architecture>'} FILE --name NAME`). {WITH_JSON} "
        "Else build the network where its code is, `model.load_weights(FILE)`, `model.save('name.keras')`, and add "
        "that file."
    )
    advice = advice if known else f"{PACK_AGAIN} {advice}"
    return RefusedUpload(message("a file with a whole model", received[:116], advice))


def layer_names(attributes: Any) -> list[str]:
    """The `layer_names` of a group of weights, as text."""
    return read_names(attributes, "layer_names")


def read_names(attributes: Any, key: str) -> list[str]:
    """A list of names among an HDF5 group's attributes, whole or in numbered pieces, as Keras splits long ones."""
    numbered = takewhile(lambda name: name in attributes, (f"{key}{number}" for number in count()))
    keys = [key] if key in attributes else list(numbered)
    names = [name for one in keys for name in attributes[one]]
    return [name.decode(errors="replace") if isinstance(name, bytes) else str(name) for name in names]


def check_weights_file(path: Path) -> None:
    """Refuse a file that is no whole HDF5 file of weights.

    Raises:
        RefusedUpload: saying so.
    """
    with open(path, "rb") as file:
        if file.read(8) != b"\x89HDF\r\n\x1a\n":
            raise RefusedUpload(message("a Keras weights file (HDF5)", path.name, "Save it with model.save_weights()."))
        with open_weights(file) as content:
            count_weights(content, "/", path.stat().st_size)
            check_texts(content, file)
