"""Weights in the .keras files of TensorFlow 2.12 to 2.15, put where Keras 3 looks for them.

Both name a layer's group by its class and count layers of one class: conv2d, conv2d_1, ... TensorFlow met a layer with
weights twice while it counted, so there the second convolution is conv2d_2; and it counted in the order of the
configuration, Keras 3 in the order in which layers run.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import h5py
import keras
from keras.src.utils import naming

from shared.errors import RefusedUpload, message
from shared.uploads.allowed_classes import MODELS
from shared.uploads.declared_shapes import layers_of, name_of
from shared.uploads.upgrades.names import today

Config = dict[str, Any]

GROUP = "_layer_checkpoint_dependencies"
_SAVE_AGAIN = "Save the whole model again in the TensorFlow that wrote it."


def regroup(network: keras.Model, config: Config, source: h5py.Group, target: h5py.Group) -> None:
    """Copy a network's weights into the groups of Keras 3.

    Args:
        network: rebuilt from the file's configuration.
        config: of the file, as TensorFlow wrote it.
        source: the file's group for the network; not changed.
        target: an empty group.

    Raises:
        RefusedUpload: the file has no group for a layer with weights.
    """
    entries = {today(name_of(entry)): entry for entry in layers_of(config)}
    weighted = {layer.name for layer in network.layers if layer.weights}
    given = source[GROUP] if GROUP in source else source["layers"]
    twice = _counted([(name, entry["class_name"]) for name, entry in entries.items()], weighted, 2)
    once = _counted([(name, entry["class_name"]) for name, entry in entries.items()], weighted, 1)
    theirs = twice if all(twice[name] in given for name in weighted if name in twice) else once
    ours = _counted([(layer.name, type(layer).__name__) for layer in network.layers], set(), 1)
    for layer in network.layers:
        if layer.name not in weighted:
            continue
        group = theirs.get(layer.name, "")
        if group not in given:
            raise RefusedUpload(message(f"weights of layer {layer.name}", f"none among {', '.join(given)}"[:116],
                                        _SAVE_AGAIN))  # fmt: skip
        _copy(layer, entries[layer.name], given[group], target, f"layers/{ours[layer.name]}")


def _copy(layer: keras.Layer, entry: Config, source: h5py.Group, target: h5py.Group, place: str) -> None:
    """One layer's group; that of a network inside a network, or inside a TimeDistributed, with its groups in order."""
    if entry["class_name"] in MODELS:
        regroup(layer, entry, source, target.create_group(place))
        return
    inner = entry["config"].get("layer")
    if isinstance(inner, dict) and inner.get("class_name") in MODELS and "layer" in source:
        regroup(layer.layer, inner, source["layer"], target.create_group(f"{place}/layer"))
        return
    source.copy(source, target, place)


def _counted(layers: Iterable[tuple[str, str]], weighted: set[str], times: int) -> dict[str, str]:
    """Layer names to group names: classes in small letters, numbered; layers with weights count several times."""
    met: Counter[str] = Counter()
    names = {}
    for name, kind in layers:
        plain = naming.to_snake_case(kind)
        names[name] = f"{plain}_{met[plain]}" if met[plain] else plain
        met[plain] += times if name in weighted else 1
    return names
