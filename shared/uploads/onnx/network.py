"""The configuration of Keras 3 that comes out, layer by layer, with the weights of each."""

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from shared.uploads.onnx.axes import Atom, Axes, Group, blocks, flat, group_sizes
from shared.uploads.onnx.graph import Node
from shared.uploads.onnx.names import layer_name
from shared.uploads.onnx.values import NeedsFixedSize, NotTranslated, Tensor, fixed

Config = dict[str, Any]
# Made when an engine fills the network: many are views of the file, and none is copied while a file is only checked.
Weight = Callable[[], np.ndarray]

LAYERS = "keras.layers"
NUMPY = "keras.src.ops.numpy"
MATH = "keras.src.ops.math"
CORE = "keras.src.ops.core"
# Constants inside a configuration are lists of numbers; so many in all.
MAX_CONSTANTS = 1_000_000
# Kernels that are written out larger than the file has them; so many numbers in all.
MAX_WRITTEN_OUT = 20_000_000
# No axis of a network is longer, and no constant beside a tensor larger.
MAX_SIDE = 30_000_000


class Network:
    """A Functional configuration in the making.

    Args:
        pictures: how many pictures are tried, see `axes`.
    """

    def __init__(self, pictures: int) -> None:
        self.pictures = pictures
        self.entries: dict[str, Config] = {}
        self.weights: dict[str, tuple[Weight, ...]] = {}
        self._numbers: Counter[str] = Counter()
        self._constants = 0
        self._written_out = 0
        self._base = "layer"
        self.takers: dict[str, list[Node]] = {}
        self.busy: Container[str] = ()
        self.values: Mapping[str, object] = {}
        # Nodes at the end that are no layers, and without which the network is taken.
        self.left_out: list[str] = []

    def begin(self, node: Node, weight: str) -> None:
        """Name the layers that come after a node."""
        self._base = layer_name(node.kind.rpartition(".")[2], node.name, weight, self.busy)

    def layer(
        self,
        kind: str,
        config: Config,
        arguments: Sequence[Any],
        onnx: Axes,
        keras: Axes,
        *,
        suffix: str = "",
        module: str = LAYERS,
        keywords: Config | None = None,
        weights: Sequence[Weight] = (),
        positive: bool = False,
    ) -> Tensor:
        """Add a layer.

        Args:
            kind: its class.
            config: without the name.
            arguments: of its call: tensors, lists of them, and for an operation numbers and arrays.
            onnx: axes of what it gives, as ONNX has them.
            keras: the same as Keras has them.
            suffix: what is put behind the node's name where a node becomes several layers.
            module: of the class.
            keywords: of its call.
            weights: in the order of Keras.
            positive: whether it gives no value below 0.
        """
        if keras[0] != tuple(atom for atom in flat(keras) if atom.batch):
            raise NotTranslated("it mixes the pictures of a batch")
        name = self._unused(f"{self._base}_{suffix}" if suffix else self._base)
        entry: Config = {"module": module, "class_name": kind, "config": {"name": name, **config}, "name": name}
        entry["registered_name"] = None if module == LAYERS else kind
        entry["inbound_nodes"] = [{"args": [self._argument(one) for one in arguments], "kwargs": keywords or {}}]
        if weights:
            first = next(iter(_tensors(arguments)))
            entry["build_config"] = {"input_shape": first.keras_shape}
            self.weights[name] = tuple(weights)
        self.entries[name] = entry
        return Tensor(name, onnx, keras, self.pictures, positive)

    def input(self, name: str, onnx: Axes, keras: Axes, dtype: str = "float32") -> Tensor:
        """Add an input of some type of numbers."""
        name = self._unused(layer_name("input", name))
        made = Tensor(name, onnx, keras, self.pictures)
        config = {"name": name, "batch_shape": made.keras_shape, "dtype": dtype}
        entry = {"module": LAYERS, "class_name": "InputLayer", "config": config, "registered_name": None}
        self.entries[name] = {**entry, "name": name, "inbound_nodes": []}
        return made

    def operation(self, kind: str, x: Tensor, *, module: str = NUMPY, positive: bool = False, **config: Any) -> Tensor:
        """An operation that leaves every number where it is."""
        return self.layer(kind, config, [x], x.onnx, x.keras, module=module, positive=positive)

    def same(self, kind: str, x: Tensor, *, suffix: str = "", positive: bool = False, **config: Any) -> Tensor:
        """A layer that leaves every number where it is."""
        return self.layer(kind, config, [x], x.onnx, x.keras, suffix=suffix, positive=positive)

    def count_constants(self, number: int) -> None:
        """Count numbers that stand in the configuration.

        Raises:
            NotTranslated: there are too many.
        """
        self._constants += number
        if self._constants > MAX_CONSTANTS:
            raise NotTranslated("of constants too large to stand in a configuration")

    def count_written_out(self, number: int) -> None:
        """Count numbers of kernels that are made larger than the file has them.

        Raises:
            NotTranslated: there are too many.
        """
        self._written_out += number
        if self._written_out > MAX_WRITTEN_OUT:
            raise NotTranslated("of kernels too large to be written out")

    def _argument(self, one: Any) -> Any:
        if isinstance(one, Tensor):
            config = {"shape": one.keras_shape, "dtype": "float32", "keras_history": [one.layer, 0, 0]}
            return {"class_name": "__keras_tensor__", "config": config}
        if isinstance(one, list):
            return [self._argument(inner) for inner in one]
        return self._array(one) if isinstance(one, np.ndarray) else one

    def _array(self, values: np.ndarray) -> Config:
        self.count_constants(values.size)
        whole = values.dtype.kind in "iu"
        config = {"value": values.tolist(), "dtype": "int32"}
        if not whole:
            config = {"value": values.astype(np.float32).tolist(), "dtype": "float32"}
        return {"class_name": "__numpy__", "config": config}

    def _unused(self, name: str) -> str:
        made = name
        while made in self.entries:
            self._numbers[name] += 1
            made = f"{name}_{self._numbers[name]}"
        return made

    # Where numbers lie

    def arranged(self, x: Tensor, want: Axes) -> Tensor:
        """The same numbers laid out as other axes, by Reshape and Permute layers where need be."""
        if x.keras == want:
            return x
        have = flat(x.keras[1:])
        wanted = flat(want[1:])
        if set(have) != set(wanted) or x.keras[0] != want[0]:
            raise NotTranslated("it mixes the pictures of a batch")
        if have != wanted:
            pieces = list(blocks(x.keras[1:], want[1:]))
            order = {atom: place for place, atom in enumerate(wanted)}
            moved = sorted(range(len(pieces)), key=lambda piece: order[pieces[piece][0]])
            x = self._reshaped(x, (want[0], *pieces))
            laid = (want[0], *(pieces[piece] for piece in moved))
            dims = {"dims": [piece + 1 for piece in moved]}
            x = replace(self.layer("Permute", dims, [x], x.onnx, laid, suffix="permute"), positive=x.positive)
        return self._reshaped(x, want)

    def _reshaped(self, x: Tensor, want: Axes) -> Tensor:
        if x.keras == want:
            return x
        sides = replace(x, keras=want).keras_shape[1:]
        kind, config = ("Flatten", {}) if len(want) == 2 else ("Reshape", {"target_shape": _target(sides)})
        return self.layer(kind, config, [x], x.onnx, want, suffix=kind.lower(), positive=x.positive)

    def channels_last(self, x: Tensor) -> Tensor:
        """A tensor of ONNX's order (batch, channel, sides) as Keras wants pictures: (batch, sides, channel)."""
        return self.arranged(x, (x.onnx[0], *x.onnx[2:], x.onnx[1]))

    def with_last(self, x: Tensor, axis: int) -> tuple[Tensor, np.ndarray | None]:
        """A tensor whose last Keras axis is one of ONNX's axes.

        Returns:
            The tensor, and for every place along its last axis the place along ONNX's axis; None where they agree.
        """
        group = x.onnx[axis]
        last = tuple(atom for atom in flat(x.keras) if atom in group)
        if set(x.keras[-1]) != set(group):
            kept = tuple(one for one in x.keras if not set(one) & set(group))
            if len(flat(kept)) + len(group) < len(flat(x.keras)):
                kept = tuple(one for place, one in enumerate(x.onnx) if place != axis % len(x.onnx))
            x = self.arranged(x, (*(one for one in kept if one), last))
        return x, order_of(group, x.keras[-1], self.pictures)

    def with_axis(self, x: Tensor, axis: int) -> tuple[Tensor, int]:
        """A tensor that has an axis of ONNX as an axis of its own, and that axis's number in Keras."""
        group = x.onnx[axis]
        if not group:
            raise NotTranslated("an axis of one number")
        if group not in x.keras:
            x = self.channels_last(x) if len(x.onnx) == 4 else self.arranged(x, x.onnx)
        return x, x.keras.index(group)

    def constant(self, x: Tensor, values: np.ndarray) -> np.ndarray:
        """A constant that is put beside a tensor, laid out as Keras has the tensor; with sides of 1 to broadcast.

        Args:
            x: whose axes it goes along; as many as the constant has, or more.
            values: sides of 1 or those of the tensor, as ONNX has them.
        """
        sides = [1] * (len(x.onnx) - values.ndim) + list(values.shape)
        atoms: list[tuple[Atom, int]] = []
        for side, group in zip(sides, x.onnx, strict=True):
            if side != 1 and side != fixed(group_sizes(group, self.pictures)):
                raise NotTranslated("a constant that is larger than what it is put beside")
            atoms += [(atom, 1 if side == 1 else fixed(atom.sizes)) for atom in group]
        split = values.reshape([size for _, size in atoms])
        places = {atom: place for place, (atom, _) in enumerate(atoms)}
        laid = split.transpose([places[atom] for atom in flat(x.keras)])
        return self._merged(x.keras, laid)

    def _merged(self, keras: Axes, laid: np.ndarray) -> np.ndarray:
        """Axes of single atoms merged into those of Keras; a merged axis is whole or 1."""
        place, shape = 0, []
        full = list(laid.shape)
        for group in keras:
            here = range(place, place + len(group))
            if any(full[one] > 1 for one in here):
                for one, atom in zip(here, group, strict=True):
                    full[one] = fixed(atom.sizes)
            shape.append(prod(full[one] for one in here))
            place += len(group)
        if prod(full) > MAX_SIDE:
            raise NotTranslated("of a constant that is too large")
        return np.broadcast_to(laid, full).reshape(shape)


def order_of(onnx: Group, keras: Group, pictures: int) -> np.ndarray | None:
    """For every place along a Keras axis the place along the ONNX axis that holds the same; None where they agree."""
    if onnx == keras:
        return None
    sizes = [fixed(atom.sizes) for atom in onnx]
    if prod(sizes) > MAX_SIDE:
        raise NotTranslated("over too many numbers")
    places = np.arange(prod(sizes)).reshape(sizes)
    return places.transpose([onnx.index(atom) for atom in keras]).ravel()


def _target(sides: list[int | None]) -> list[int]:
    if sides.count(None) > 1:
        raise NeedsFixedSize("a reshape that depends on the picture's size")
    return [-1 if side is None else side for side in sides]


def _tensors(arguments: Any) -> list[Tensor]:
    if isinstance(arguments, Tensor):
        return [arguments]
    return [one for part in arguments for one in _tensors(part)] if isinstance(arguments, list | tuple) else []
