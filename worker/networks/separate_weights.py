"""That weights which were saved apart are those of the architecture beside them.

Keras finds the weights of a .weights.h5 file by the classes and numbers of layers: it takes those of another network
where their shapes fit, and says nothing of what it leaves in the file. So what it took is saved once more and compared.
"""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import keras

from shared.errors import RefusedUpload, UnknownModel, message
from shared.uploads.models import ModelFile
from worker.networks.keras_errors import reason_of

_BOTH_AGAIN = "Write both from the same network: `model.to_json()` and `model.save_weights('name.weights.h5')`."
_NOT_THE_NETWORKS = re.compile(r"optimizer|metrics|(.*/)?(seed_generator|random_generator)")
_COUNTED = re.compile(r"_\d+$")


def refuse_other_weights(received: str) -> RefusedUpload:
    """The error for weights that do not belong to an architecture."""
    return RefusedUpload(message("weights of the network beside them", received[:116], _BOTH_AGAIN))


@contextmanager
def taken_whole(path: Path, found: ModelFile) -> Iterator[list[keras.Model]]:
    """A block in which a network is opened; where its weights were saved apart, they are looked at behind it.

    Args:
        path: of the file.
        found: what the check says about it.

    Yields:
        A list that takes the network.

    Raises:
        RefusedUpload: the weights are another network's.
    """
    opened: list[keras.Model] = []
    try:
        yield opened
    except UnknownModel as error:
        if not found.separate:
            raise
        cause = error.__cause__
        raise refuse_other_weights(reason_of(cause if isinstance(cause, Exception) else error)) from error
    if found.separate:
        check_all_taken(opened[0], path, found)


def check_all_taken(network: keras.Model, path: Path, found: ModelFile) -> None:
    """Refuse weights of which some were left in the file, or which lie under another layer's name.

    Args:
        network: filled with them.
        path: of a .keras archive.
        found: what the check says about it.

    Raises:
        RefusedUpload: saying which.
    """
    with TemporaryDirectory() as folder:
        network.save_weights(Path(folder) / "again.weights.h5")
        with zipfile.ZipFile(path) as archive:
            # Unpacked, for an archive's member is read from its start whenever HDF5 goes back in it.
            given_file = archive.extract("model.weights.h5", folder)
        with h5py.File(Path(folder) / "again.weights.h5") as again, h5py.File(given_file) as file:
            given, taken = _places(file), _places(again)
            # An older Keras called its groups otherwise.
            alike = sorted(given.values()) == sorted(taken.values()) if found.upgraded else given == taken
            if not alike:
                raise refuse_other_weights(_difference(given, taken))
            _compare_names(file, again)


def _places(file: h5py.File) -> dict[str, tuple[int, ...]]:
    """Shapes of the network's weights by their places in a file."""
    found: dict[str, tuple[int, ...]] = {}

    def note(name: str, thing: h5py.Group | h5py.Dataset) -> None:
        if isinstance(thing, h5py.Dataset) and not _NOT_THE_NETWORKS.match(name):
            found[name] = tuple(thing.shape)

    file.visititems(note)
    return found


def _difference(given: dict[str, tuple[int, ...]], taken: dict[str, tuple[int, ...]]) -> str:
    if left := sorted(set(given) - set(taken)):
        return f"{len(left)} that it has no place for: {', '.join(left)}"
    return "others in number or shape"


def _compare_names(file: h5py.File, again: h5py.File) -> None:
    """Refuse where a place has the weights of a layer that is elsewhere in the network."""
    ours = {place: str(again[place].attrs["name"]) for place in _named(again)}
    names = set(ours.values())
    for place, name in ours.items():
        said = str(file[place].attrs.get("name", "")) if place in file else ""
        if said and said != name and said in names and not _automatic(place, said):
            raise refuse_other_weights(f"those of layer {said} where layer {name} is")


def _named(file: h5py.File) -> list[str]:
    places: list[str] = []
    file.visititems(lambda name, thing: places.append(name) if "name" in thing.attrs else None)
    return [one for one in places if not _NOT_THE_NETWORKS.match(one)]


def _automatic(place: str, said: str) -> bool:
    """Whether Keras gave a name, which has another number in every session: "conv2d_3" at layers/conv2d_1/vars."""
    return _COUNTED.sub("", said) == _COUNTED.sub("", place.removesuffix("/vars").rpartition("/")[2])
