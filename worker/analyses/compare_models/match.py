"""Which layers of two networks are each other's: by path and by the shapes of their weights.

A trained network may hold its base as a model inside, and Keras counts automatic names (`conv2d_7`) on through a
process's life. So paths are also compared below a container of either side, and with automatic names counted anew.
"""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import keras
from keras.src.utils.naming import to_snake_case

from shared.analyses.compare_models.parts import WeightedLayer
from shared.errors import InvalidSpec, message
from worker.networks.capture import walk

Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class LayerWithWeights:
    """A layer with weights of its own, those of layers inside it left out.

    Attributes:
        path: see capture.walk().
        layer: the layer itself.
        weights: its Keras variables, in its own order.
    """

    path: str
    layer: keras.layers.Layer
    weights: tuple[Any, ...]

    @property
    def shapes(self) -> Shapes:
        """Of its weights, in order."""
        return tuple(tuple(w.shape) for w in self.weights)

    @property
    def parameters(self) -> int:
        """How many numbers its weights are."""
        return sum(math.prod(shape) for shape in self.shapes)

    def facts(self) -> WeightedLayer:
        """As a part holds it."""
        return {"path": self.path, "class": type(self.layer).__name__, "parameters": self.parameters}


@dataclass(frozen=True)
class LayerMatch:
    """Two networks' layers, matched.

    Attributes:
        pairs: (before, after), in the order of the network before.
        only_before, only_after: layers that the other one has not.
        inside_before, inside_after: path of the container that the pairs lie in; "" for the whole network.
    """

    pairs: tuple[tuple[LayerWithWeights, LayerWithWeights], ...]
    only_before: tuple[LayerWithWeights, ...]
    only_after: tuple[LayerWithWeights, ...]
    inside_before: str = ""
    inside_after: str = ""


def weighted_layers(network: keras.Model) -> list[LayerWithWeights]:
    """Layers that own weights, in the network's order, each once."""
    first_paths: dict[int, tuple[str, keras.layers.Layer]] = {}
    for path, layer in walk(network):
        first_paths.setdefault(id(layer), (path, layer))
    taken: set[int] = set()
    found = []
    for path, layer in reversed(first_paths.values()):  # what a container holds comes before the container
        own = tuple(w for w in layer.weights if id(w) not in taken)
        taken.update(id(w) for w in own)
        if own:
            found.append(LayerWithWeights(path, layer, own))
    return found[::-1]


def match_layers(before: keras.Model, after: keras.Model) -> LayerMatch:
    """Match the layers of two networks.

    Args:
        before, after: built networks.

    Raises:
        InvalidSpec: they are of different shapes; the first layer that differs is named.
    """
    mine, theirs = weighted_layers(before), weighted_layers(after)
    tries = [
        _try(_named(mine, names(before)), _named(theirs, names(after)), *inside)
        for names in (_own_names, _counted_anew)
        for inside in product(_containers(mine, names(before)), _containers(theirs, names(after)))
    ]
    best = max(tries, key=lambda one: len(one.pairs))  # of equal ones the first: own names, no container
    _refuse_other_shapes(best, mine, theirs)
    return _matched(best, mine, theirs)


@dataclass(frozen=True)
class _Try:
    """One way to lay two networks over each other: pairs of equal shape, pairs of another, and where they lie."""

    pairs: list[tuple[LayerWithWeights, LayerWithWeights]]
    unequal: list[tuple[LayerWithWeights, LayerWithWeights]]
    before: str
    after: str


def _try(mine: Mapping[str, LayerWithWeights], theirs: Mapping[str, LayerWithWeights], before: str, after: str) -> _Try:
    inner = {name.removeprefix(after): one for name, one in theirs.items() if name.startswith(after)}
    outer = {name: one for name, one in theirs.items() if not name.startswith(after)}
    same = [
        (one, other)
        for name, one in mine.items()
        if (other := inner.get(name.removeprefix(before)) if name.startswith(before) else outer.get(name))
    ]
    equal = [pair for pair in same if pair[0].shapes == pair[1].shapes]
    return _Try(equal, [pair for pair in same if pair[0].shapes != pair[1].shapes], before, after)


def _containers(layers: Sequence[LayerWithWeights], names: Mapping[str, str]) -> list[str]:
    """Every container's name with a "/" behind it, the whole network's "" first."""
    found = {"": None}
    for one in layers:
        parts = names[one.path].split("/")[:-1]
        found |= {"/".join(parts[:n]) + "/": None for n in range(1, len(parts) + 1)}
    return list(found)


def _named(layers: Sequence[LayerWithWeights], names: Mapping[str, str]) -> dict[str, LayerWithWeights]:
    return {names[one.path]: one for one in layers}


def _own_names(network: keras.Model) -> dict[str, str]:
    return {path: path for path, _ in walk(network)}


def _counted_anew(network: keras.Model) -> dict[str, str]:
    """Path to the same path with automatic names counted from the first of their kind in each container."""
    kinds: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    automatic: dict[str, tuple[str, str]] = {}
    for path, layer in walk(network):
        parent, _, name = path.rpartition("/")
        kind = to_snake_case(type(layer).__name__)
        if number := re.fullmatch(rf"{re.escape(kind)}(?:_(\d+))?", name):
            kinds[parent, kind][name] = int(number.group(1) or 0)
            automatic[path] = (parent, kind)
    names: dict[str, str] = {}
    for path, _ in walk(network):  # containers come first, so a parent has its new name already
        parent, _, name = path.rpartition("/")
        if path in automatic:
            group = kinds[automatic[path]]
            name = f"{automatic[path][1]}#{sorted(group, key=group.__getitem__).index(name)}"
        names[path] = f"{names[parent]}/{name}" if parent else name
    return names


def _refuse_other_shapes(best: _Try, mine: Sequence[LayerWithWeights], theirs: Sequence[LayerWithWeights]) -> None:
    """A head for other classes is no hindrance, another width or another architecture is."""
    ends = (mine[-1:], theirs[-1:])
    wrong = [pair for pair in best.unequal if not ([pair[0]] == ends[0] and [pair[1]] == ends[1])]
    if best.pairs and not wrong:
        return
    differs = next(iter(wrong), None) or next(zip(mine, theirs, strict=False), None)
    said = f"{_said(differs[0])} before, {_said(differs[1])} after" if differs else "a network without weights"
    raise InvalidSpec(
        message("two networks of the same shape", f"{said}, the first layer that differs",
                "Choose two states of one architecture: before and after training, or a trained network and its base.")
    )  # fmt: skip


def _said(one: LayerWithWeights) -> str:
    shapes = ", ".join("×".join(map(str, shape)) or "1" for shape in one.shapes)
    return f"{one.path} with weights {shapes}"


def _matched(best: _Try, mine: Sequence[LayerWithWeights], theirs: Sequence[LayerWithWeights]) -> LayerMatch:
    known_before, known_after = ([one.path for one in side] for side in zip(*best.pairs, strict=True))
    return LayerMatch(
        tuple(best.pairs),
        tuple(one for one in mine if one.path not in known_before),
        tuple(one for one in theirs if one.path not in known_after),
        _container_of(known_before),
        _container_of(known_after),
    )


def _container_of(paths: Sequence[str]) -> str:
    """The innermost container that all paths lie in; "" for the whole network."""
    first, *rest = (path.split("/")[:-1] for path in paths)
    depth = next((n for n in range(len(first)) if any(one[: n + 1] != first[: n + 1] for one in rest)), len(first))
    return "/".join(first[:depth])
