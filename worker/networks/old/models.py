"""Networks that Keras 1 and 2 saved: built from their upgraded configuration, filled with the file's weights."""

import json
import re
import shutil
import tempfile
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
from keras.src.utils import naming

from shared.errors import DoesNotFit, RefusedUpload, UnknownModel, message
from shared.uploads.models import ModelFile
from shared.uploads.saved_model import read_saved_model
from shared.uploads.tfjs import read_browser_model, stored_values
from shared.uploads.upgrades.upgrade import Origin, UpgradedConfig
from worker.networks.keras_errors import reason_of
from worker.networks.old.tensorflow_groups import regroup
from worker.networks.old.weights import SavedWeight, fill_layers, leaves, load_old_weights


def open_old_model(path: Path, found: ModelFile, upgraded: UpgradedConfig) -> keras.Model:
    """Build a network of an older Keras.

    Args:
        path: a .h5 file of Keras 1 or 2, a .keras file of TensorFlow 2.12 to 2.15, or a zip of a SavedModel or of a
            TensorFlow.js model; checked before.
        found: what the check says about it.
        upgraded: its configuration in the form of Keras 3, and how its kernels lie.

    Returns:
        The network, not compiled, every weight from the file.

    Raises:
        UnknownModel: Keras 3 refuses the upgraded configuration.
        RefusedUpload: the weights do not belong to the configuration.
        DoesNotFit: it is larger than the memory.
    """
    network = _build(found, upgraded)
    if found.format == "keras":
        _load_keras_weights(network, path)
    elif found.format == "saved_model":
        _load_checkpoint(network, path, found.origin)
    elif found.format == "tfjs":
        _load_shards(network, path, found.origin)
    else:
        _load_legacy_weights(network, path, found.origin, upgraded.old_kernels)
    return network


def _build(found: ModelFile, upgraded: UpgradedConfig) -> keras.Model:
    naming.reset_uids()
    try:
        network = keras.saving.deserialize_keras_object(upgraded.config, safe_mode=True)
    except MemoryError:
        raise DoesNotFit("Expected a model that fits this machine's memory. Choose a smaller one.") from None
    except Exception as error:  # Keras raises nearly every type here, and all mean the same to the person
        raise UnknownModel(
            f"Expected a model of Keras {found.origin.version} that can be rebuilt for Keras {keras.__version__}. "
            f"Received one that it refuses: {reason_of(error)}. Rebuild it with this release, take the weights over "
            "with `set_weights`, and save it again."
        ) from error
    assert isinstance(network, keras.Model)  # the check has let nothing else through
    return network


def _load_legacy_weights(network: keras.Model, path: Path, origin: Origin, old_kernels: frozenset[str]) -> None:
    try:
        with h5py.File(path, "r") as file:
            load_old_weights(network, file, origin, old_kernels)
    except (ValueError, KeyError, OSError) as error:  # names and axes that lead nowhere
        raise _do_not_belong(error) from error


def _load_keras_weights(network: keras.Model, path: Path) -> None:
    """Weights of a .keras file of TensorFlow 2.12 and later, by way of a copy in the order of Keras 3."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
        copy = Path(folder) / "todays.weights.h5"
        try:
            with h5py.File(archive.extract("model.weights.h5", folder)) as source, h5py.File(copy, "w") as target:
                regroup(network, config, source, target)
            network.load_weights(copy)
        except (ValueError, KeyError, OSError) as error:
            raise _do_not_belong(error) from error


def _load_checkpoint(network: keras.Model, path: Path, origin: Origin) -> None:
    groups: dict[str, list[SavedWeight]] = {}
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        found = read_saved_model(archive, sum(info.file_size for info in archive.infolist()))
        shards: dict[int, np.ndarray] = {}
        for one in found.weights:
            if (number := one.entry.shard) not in shards:
                shards[number] = _unpacked(archive, found.shards[number], Path(folder) / str(number))
            values = one.entry.read(shards[number])
            groups.setdefault(one.group, []).append(SavedWeight(one.path, one.weight, values))
        fill_layers(network, groups, origin)


def _load_shards(network: keras.Model, path: Path, origin: Origin) -> None:
    """Weights of a TensorFlow.js model, each under the layer of the network that has its own layer inside."""
    owners = {leaf.name: layer.name for layer in network.layers for leaf in leaves(layer)}
    groups: dict[str, list[SavedWeight]] = {}
    with zipfile.ZipFile(path) as archive:
        model = read_browser_model(archive, sum(info.file_size for info in archive.infolist()))
        for name, values in stored_values(archive, model):
            *parts, weight = name.split("/")
            saved = SavedWeight(tuple(parts), weight, values)
            layer = saved.key(set(owners))[0]
            # A network that was opened before it was saved has a number more behind its weights' names.
            layer = layer if layer in owners else re.sub(r"_\d+$", "", layer)
            groups.setdefault(owners.get(layer, layer), []).append(saved)
    fill_layers(network, groups, origin)


def _unpacked(archive: zipfile.ZipFile, name: str, target: Path) -> np.ndarray:
    """A member's bytes, on the disk: uint8 (size)."""
    with archive.open(name) as member, target.open("wb") as file:
        shutil.copyfileobj(member, file)
    return np.memmap(target, np.uint8, "r")


def _do_not_belong(error: Exception) -> RefusedUpload:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    advice = "Save the whole model again in the Keras that wrote it."
    return RefusedUpload(message("weights that belong to the configuration", reason, advice))
