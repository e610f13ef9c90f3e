"""Weights of legacy .h5 files, by the names of layers and weights, each compared in shape before it is taken.

Keras 1: "dense_1_W:0", or "dense_1_W" with Theano. Keras 2: "dense_1/kernel:0". A nested network is one group: its
trainable weights layer by layer, then the others; names tell where they belong, and the order where they do not.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import h5py
import keras
import numpy as np

from shared.errors import RefusedUpload, message
from shared.uploads.stored_weights import layer_names, read_names
from shared.uploads.upgrades.names import today
from shared.uploads.upgrades.upgrade import Origin

_KERAS_1 = re.compile(
    r"(?:.*/)?(?P<layer>.+?)_(?P<weight>W|b|gamma|beta|running_mean|running_std|alphas|depthwise_kernel"
    r"|pointwise_kernel)(_\d+)?"
)
_WEIGHTS = {
    "W": "kernel",
    "alphas": "alpha",
    "b": "bias",
    # What Keras 1 called the running standard deviation was the variance.
    "running_mean": "moving_mean",
    "running_std": "moving_variance",
}
_STATISTICS = ("moving_mean", "moving_variance")
# States of random generators: TensorFlow kept them among the weights, and they say nothing about the network.
_STATES = ("StateVar", "seed_generator", "random_generator")
_SAVE_AGAIN = "Save the whole model again in the Keras that wrote it, `model.save('name.h5')`."
_CONVOLUTIONS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D, keras.layers.Conv2DTranspose)


@dataclass(frozen=True)
class Slot:
    """A weight of the network that waits for its values."""

    layer: keras.layers.Layer
    variable: Any

    @property
    def key(self) -> tuple[str, str]:
        """Name of the layer, name of the weight as Keras 2 had it."""
        depthwise = isinstance(self.layer, keras.layers.DepthwiseConv1D | keras.layers.DepthwiseConv2D)
        name = self.variable.name
        return self.layer.name, "depthwise_kernel" if depthwise and name == "kernel" else name


@dataclass(frozen=True)
class SavedWeight:
    """A weight of the file: the path to its layer and the weight, as far as its name tells, and its values."""

    path: tuple[str, ...]
    weight: str
    values: h5py.Dataset | np.ndarray

    def key(self, layers: set[str]) -> tuple[str, str]:
        """Name of the layer, one of the given where the path ends with one, and of the weight."""
        ends = ["_".join(self.path[start:]) for start in range(len(self.path))]
        return next((end for end in ends if end in layers), "/".join(self.path)), self.weight


def load_old_weights(network: keras.Model, file: h5py.File, origin: Origin, old_kernels: frozenset[str]) -> None:
    """Fill a network with the weights of a legacy file.

    Args:
        network: rebuilt from the file's configuration; changed in place.
        file: of Keras 1 or 2, open for reading.
        origin: who wrote it.
        old_kernels: layers whose kernels lie as (filter, channel, row, column).

    Raises:
        RefusedUpload: a layer has no weights, other weights, or weights of another shape; named.
    """
    group = file.get("model_weights", file)
    groups = {name: _saved(group[name]) for name in layer_names(group.attrs)}
    fill_layers(network, groups, origin, old_kernels)


def fill_layers(
    network: keras.Model,
    saved_in: Mapping[str, list[SavedWeight]],
    origin: Origin,
    old_kernels: frozenset[str] = frozenset(),
) -> None:
    """Fill a network with weights that stand under the names of its layers.

    Args:
        network: changed in place.
        saved_in: names of layers, as the file has them, to their weights.
        origin, old_kernels: see load_old_weights().

    Raises:
        RefusedUpload: as there.
    """
    groups = {today(name): saved for name, saved in saved_in.items() if saved}
    layers = [layer for layer in network.layers if _slots(layer)]
    if {layer.name for layer in layers} != set(groups):
        if len(layers) != len(groups):
            received = f"{len(groups)} of them, for {len(layers)} layers"
            raise RefusedUpload(message("weights for every layer that has some", received, _SAVE_AGAIN))
        groups = dict(zip((layer.name for layer in layers), groups.values(), strict=True))
    for layer in layers:
        for slot, saved in _pairs(layer, groups[layer.name]):
            _fill(slot, saved, origin, old_kernels)
    for layer in network._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def _saved(group: h5py.Group) -> list[SavedWeight]:
    names = [name for name in read_names(group.attrs, "weight_names") if not any(word in name for word in _STATES)]
    return [SavedWeight(*_path(name), group[name]) for name in names]


def _path(name: str) -> tuple[tuple[str, ...], str]:
    plain = re.sub(r":\d+$", "", name)
    old = _KERAS_1.fullmatch(plain)
    if "/" not in plain and old:
        return (old["layer"],), _WEIGHTS.get(old["weight"], old["weight"])
    *path, weight = plain.split("/")
    return tuple(path), weight


def leaves(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """The layer, or all layers inside it where it is a network."""
    if isinstance(layer, keras.Model):
        return [leaf for one in layer.layers for leaf in leaves(one)]
    return [layer]


def _slots(layer: keras.layers.Layer) -> list[Slot]:
    """The weights of a layer or a nested network, in the order of old files: all that are trained, then the rest."""
    inside = leaves(layer)
    trained = [Slot(leaf, weight) for leaf in inside for weight in leaf.trainable_weights]
    kept = [Slot(leaf, weight) for leaf in inside for weight in leaf.non_trainable_weights]
    return [slot for slot in trained + kept if not any(word in slot.variable.path for word in _STATES)]


def _pairs(layer: keras.layers.Layer, saved: list[SavedWeight]) -> list[tuple[Slot, SavedWeight]]:
    """Which values belong to which weight."""
    slots = _slots(layer)
    if len(slots) != len(saved):
        expected = f"{len(slots)} weights for layer {layer.name}"
        raise RefusedUpload(message(expected, f"{len(saved)} in the file", _SAVE_AGAIN))
    single = len(leaves(layer)) == 1
    layers = {slot.layer.name for slot in slots}
    wanted = [_short(slot.key, single) for slot in slots]
    given = [_short(one.key(layers), single) for one in saved]
    if len(set(wanted)) == len(wanted) and set(wanted) == set(given):
        by_name = dict(zip(given, saved, strict=True))
        return [(slot, by_name[key]) for slot, key in zip(slots, wanted, strict=True)]
    return _in_order(layer, slots, saved)


def _short(key: tuple[str, str], single: bool) -> tuple[str, str]:
    # A layer by itself is told by its group; its weights may bear the name of an earlier session.
    return ("", key[1]) if single else key


def _in_order(layer: keras.layers.Layer, slots: list[Slot], saved: list[SavedWeight]) -> list[tuple[Slot, SavedWeight]]:
    """Pairs by their order, in the first of the orders Keras has used in which the weights' names agree."""
    # By what the configuration says is trained; as a network that was frozen whole; as one that was trained whole.
    frozen = [slot for leaf in leaves(layer) for slot in slots if slot.layer is leaf]
    trained = sorted(frozen, key=lambda slot: slot.variable.name in _STATISTICS)
    names = [one.weight for one in saved]
    found = next((order for order in (slots, frozen, trained) if [slot.key[1] for slot in order] == names), None)
    if found is None and isinstance(layer, keras.Model):
        expected = f"weights of {layer.name} under the names of its layers, or in their order"
        received = ", ".join("/".join((*one.path, one.weight)) for one in saved[:3])
        raise RefusedUpload(message(expected, received, _SAVE_AGAIN))
    return list(zip(found or slots, saved, strict=True))


def _fill(slot: Slot, saved: SavedWeight, origin: Origin, old_kernels: frozenset[str]) -> None:
    values = np.asarray(saved.values)
    shape = tuple(slot.variable.shape)
    fitted = todays_kernel(slot.layer, slot.variable.name, values, origin, slot.layer.name in old_kernels)
    if isinstance(slot.layer, keras.layers.Normalization) and fitted.size == np.prod(shape, dtype=int):
        fitted = fitted.reshape(shape)
    if fitted.shape != shape:
        expected = f"{slot.variable.name} of shape {shape} for layer {slot.layer.name}"
        raise RefusedUpload(message(expected, f"{values.shape} in the file", _SAVE_AGAIN))
    slot.variable.assign(fitted.astype(slot.variable.dtype))


def todays_kernel(
    layer: keras.layers.Layer, weight: str, values: np.ndarray, origin: Origin, old_order: bool
) -> np.ndarray:
    """Values of a weight in the order that Keras 3 computes with.

    Args:
        layer: whose weight it is.
        weight: its name; all but kernels come back unchanged.
        values: as they lie in the file.
        origin: Theano computed convolutions in the mathematicians' sense, with mirrored kernels.
        old_order: whether Keras 1 kept them as (filter, channel, row, column).
    """
    if not weight.endswith("kernel"):
        return values
    if origin.version.startswith("1"):
        values = _from_keras_1(layer, values, old_order)
    if origin.backend == "theano" and isinstance(layer, _CONVOLUTIONS) and weight == "kernel":
        values = np.flip(values, axis=tuple(range(values.ndim - 2)))
    return values


def _from_keras_1(layer: keras.layers.Layer, values: np.ndarray, old_order: bool) -> np.ndarray:
    if isinstance(layer, keras.layers.Conv1D) and values.ndim == 4:
        # (length, 1, channel, filter), and before 1.2 (filter, channel, length, 1).
        values = values if values.shape[1] == 1 else values.transpose(2, 3, 1, 0)
        return values[:, 0]
    if values.ndim == 5 and old_order:
        return values.transpose(2, 3, 4, 1, 0)
    if values.ndim != 4:
        return values
    if isinstance(layer, keras.layers.Conv2DTranspose):
        return values.transpose(2, 3, 0, 1) if old_order else values.transpose(0, 1, 3, 2)
    return values.transpose(2, 3, 1, 0) if old_order else values
