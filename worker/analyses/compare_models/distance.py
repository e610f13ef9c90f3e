"""How far weights moved: distance, direction, and how many did not change by one bit, by layer and output channel."""

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from shared.analyses.compare_models.parts import LayerMove, Movement
from shared.analyses.compare_models.spec import Side, State
from worker.analyses.compare_models.match import LayerWithWeights

# Numbers that are looked at in double precision at once: 32 MB for each of the four products.
CHUNK = 2**22
# A normalization's, which follow the pictures without being trained.
STATISTICS = {"moving_mean", "moving_variance"}
# A separable convolution's first kernel, which belongs to its input's channels.
OF_INPUTS = "depthwise_kernel"


@dataclass(frozen=True)
class Moves:
    """What became of some groups of weights; all arrays have one number a group.

    Attributes:
        distance: float32, ‖b − a‖ / ‖a‖; infinite where a is zero and b is not.
        cosine: float32, a·b / (‖a‖ ‖b‖); NaN where one of them is zero and the other is not.
        unchanged: float32 in [0, 1], share of weights whose bits are the same; 1 only where all are.
    """

    distance: np.ndarray
    cosine: np.ndarray
    unchanged: np.ndarray


@dataclass(frozen=True)
class LayerMoves:
    """What became of one layer.

    Attributes:
        before, after: the layer in both networks.
        whole: all its weights, one group.
        channels: a group an output channel; none where weights belong to no single one.
        weights: names of its weights and what became of each, one group.
    """

    before: LayerWithWeights
    after: LayerWithWeights
    whole: Moves
    channels: Moves
    weights: tuple[tuple[str, Moves], ...]

    def path(self, side: Side) -> str:
        """Of the layer in one of the networks."""
        return self.before.path if side == "before" else self.after.path

    @property
    def state(self) -> State:
        """Whether it moved, and whether it did so in its running statistics alone."""
        changed = {name for name, moves in self.weights if moves.unchanged[0] < 1}
        if not changed:
            return "frozen"
        return "statistics" if changed <= STATISTICS else "moved"

    def most(self, count: int) -> list[int]:
        """Channels that moved furthest, furthest first; of equal ones the first."""
        return [int(c) for c in np.argsort(-self.channels.distance, kind="stable")[:count]]

    def facts(self) -> LayerMove:
        """A row of the table."""
        layer = self.before.facts()
        return {
            "path": layer["path"],
            "class": layer["class"],
            "parameters": layer["parameters"],
            "path_after": self.after.path,
            "channels": len(self.channels.distance),
            **row(self.whole, 0),
            "state": self.state,
            "weights": [
                {"name": name, "shape": list(w.shape), **row(moves, 0)}
                for (name, moves), w in zip(self.weights, self.before.weights, strict=True)
            ],
        }


def row(moves: Moves, group: int) -> Movement:
    """One group's numbers; None where the distance is infinite, or there is no cosine."""
    distance, cosine = (
        float(values[group]) if np.isfinite(values[group]) else None for values in (moves.distance, moves.cosine)
    )
    return {"distance": distance, "cosine": cosine, "unchanged": float(moves.unchanged[group])}


def layer_moves(before: LayerWithWeights, after: LayerWithWeights) -> LayerMoves:
    """Compare a layer with what became of it.

    Args:
        before, after: with weights of the same shapes.
    """
    found = [_sums(before.layer, *pair) for pair in zip(before.weights, after.weights, strict=True)]
    count, names = _output_channels(before), [weight.name for weight in before.weights]
    named = zip(names, found, strict=True)
    mine = [one for name, one in named if count and one.products.shape[1] == count and name != OF_INPUTS]
    nothing = Moves(*(np.zeros(0, np.float32),) * 3)
    return LayerMoves(
        before,
        after,
        sum((one.whole() for one in found), _NONE).moves(),
        sum(mine, _NONE).moves() if mine else nothing,
        tuple((name, one.whole().moves()) for name, one in zip(names, found, strict=True)),
    )


@dataclass(frozen=True)
class MoveSums:
    """Over the weights of each group, float64 (5, group): (b − a)², a², b², a·b, and how many have the same bits."""

    products: np.ndarray
    size: int

    def __add__(self, other: "MoveSums") -> "MoveSums":
        return MoveSums(self.products + other.products, self.size + other.size)

    def whole(self) -> "MoveSums":
        """All groups as one."""
        return MoveSums(self.products.sum(1, keepdims=True), self.size * self.products.shape[1])

    def moves(self) -> Moves:
        """Distance, cosine and share from the sums."""
        apart, mine, theirs, both, equal = self.products
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = np.where(apart == 0, 0, np.sqrt(apart / mine))
            cosine = np.where(apart == 0, 1, np.clip(both / np.sqrt(mine * theirs), -1, 1))
        # One weight of 25 million would be rounded away, and the layer called frozen.
        nearly = np.nextafter(np.float32(1), np.float32(0))
        unchanged = np.where(equal == self.size, 1, np.minimum(np.float32(equal / self.size), nearly))
        return Moves(*(values.astype(np.float32) for values in (distance, cosine, unchanged)))


_NONE = MoveSums(np.zeros((5, 1)), 0)


def _sums(layer: keras.layers.Layer, before: Any, after: Any) -> MoveSums:
    a, b = (_in_channels(layer, before.name, np.asarray(variable)) for variable in (before, after))
    products = np.zeros((5, a.shape[1]))
    rows = max(1, CHUNK // a.shape[1])
    for start in range(0, len(a), rows):
        old, new = a[start : start + rows], b[start : start + rows]
        same = (_bits(old) == _bits(new)) if old.dtype == new.dtype else old == new
        x, y = old.astype(np.float64), new.astype(np.float64)
        products += [((y - x) ** 2).sum(0), (x * x).sum(0), (y * y).sum(0), (x * y).sum(0), same.sum(0)]
    return MoveSums(products, len(a))


def _bits(values: np.ndarray) -> np.ndarray:
    return values.view(f"u{values.itemsize}")


def _in_channels(layer: keras.layers.Layer, name: str, values: np.ndarray) -> np.ndarray:
    """Weights as (number, output channel), or as one column where they belong to no single output channel."""
    if isinstance(layer, keras.layers.DepthwiseConv1D | keras.layers.DepthwiseConv2D) and name == "kernel":
        return values.reshape(-1, values.shape[-2] * values.shape[-1])
    if isinstance(layer, keras.layers.Conv1DTranspose | keras.layers.Conv2DTranspose) and name == "kernel":
        values = np.moveaxis(values, -2, -1)
    if name == OF_INPUTS or not values.ndim:
        return values.reshape(-1, 1)
    return values.reshape(-1, values.shape[-1])


def _output_channels(one: LayerWithWeights) -> int:
    """Channels of a layer's output, where its weights say so; 0 elsewhere."""
    layer = one.layer
    if isinstance(layer, keras.layers.DepthwiseConv1D | keras.layers.DepthwiseConv2D):
        return one.shapes[0][-2] * one.shapes[0][-1]
    named = getattr(layer, "filters", None) or getattr(layer, "units", None)
    if named:
        return int(named)
    # A normalization, a scale: one number a channel each.
    lengths = {shape[0] if len(shape) == 1 else 0 for shape in one.shapes}
    return lengths.pop() if len(lengths) == 1 else 0
