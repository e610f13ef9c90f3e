"""The gradient of a dream's objective for a picture of any size, tile by tile, so that memory does not grow with it."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import tensorflow as tf

from shared.analyses.deep_dream.octaves import tile_edges
from shared.errors import NotFinite
from worker.ascent.compiled import KEPT, Ascent
from worker.ascent.modes import Mode
from worker.ascent.objective_sums import weighted_sum
from worker.ascent.objectives import Objective, channel, class_logit, whole_layer
from worker.ascent.optimizers import normalised_step
from worker.ascent.parameterizations import pixels
from worker.ascent.transforms import no_transform
from worker.networks.capture import layer_outputs
from worker.networks.heads import Head
from worker.networks.models import LoadedModel
from worker.networks.precision import set_precision
from worker.networks.preprocessing import preprocess

# Path and chosen channels of every layer; no channels means the whole layer.
Terms = Sequence[tuple[str, Sequence[int]]]
# The rows and the columns that a tile covers.
Tile = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class DreamGradient:
    """An objective with its weights, and its gradient, for pictures of any height and width."""

    ascent: Ascent
    numbers: dict[str, Any]

    def objective_and_gradient(self, picture: np.ndarray) -> tuple[float, np.ndarray]:
        """Objective, and its gradient float32 of the picture's shape; float32 (height, width, channel) in [0, 1]."""
        objective, gradient = self.ascent.gradient(tf.constant(picture[None]), self.numbers)
        return float(objective[0]), np.asarray(gradient)[0]

    def judge(self, picture: np.ndarray) -> float:
        """The objective alone."""
        return float(self.ascent.evaluate(tf.constant(picture[None]), self.numbers)[0][0])


def dream_objective(terms: Terms) -> Objective:
    """The sum of layers and channels, each layer times the number "weight 0", "weight 1" ... given with a picture.

    A whole layer counts with the mean of its squared activations (Mordvintsev, Olah, Tyka, "Inceptionism", 2015),
    chosen channels with the mean over them of their mean activations.
    """
    parts: list[tuple[float | str, Objective]] = []
    for at, (path, channels) in enumerate(terms):
        share = 1 / len(channels) if channels else 1.0
        ones = [channel(path, f"channel {at}/{one}", border=0) for one in channels] or [whole_layer(path)]
        parts.append((f"weight {at}", weighted_sum([(share, one) for one in ones])))
    return weighted_sum(parts)


def dream_gradient(model: LoadedModel, terms: Terms, weights: Sequence[float], precision: str) -> DreamGradient:
    """The gradient for a model, traced now or by an earlier dream; weights are numbers and trace nothing anew.

    Args:
        model: a warm model.
        terms: of the objective.
        weights: of the layers.
        precision: float32, bfloat16 or float16; the picture stays float32.
    """
    objective = dream_objective(terms)

    def compiled() -> Ascent:
        any_size = pixels(None, None, model.input_channels, bounded=True)
        return Ascent(model, objective, Mode("dream", any_size, no_transform(), normalised_step(), 0, 0.0), precision)

    ascent = model.trace_once("dream", (objective.name, precision), compiled, KEPT)
    numbers = {f"channel {at}/{one}": [one] for at, (_, channels) in enumerate(terms) for one in channels}
    return DreamGradient(ascent, ascent.numbers({f"weight {at}": [w] for at, w in enumerate(weights)} | numbers))


def class_gradient(model: LoadedModel, head: Head, classes: Sequence[int], precision: str) -> DreamGradient:
    """The gradient of the mean logit of some classes, see dream_gradient().

    Args:
        model: a warm model with its head.
        head: its output; of a mask the mean over all positions counts.
        classes: as head_values() counts them.
        precision: as there.
    """
    terms = [(1 / len(classes), class_logit(f"class {at}")) for at in range(len(classes))]
    objective = weighted_sum(terms)

    def compiled() -> Ascent:
        any_size = pixels(None, None, model.input_channels, bounded=True)
        mode = Mode("dream", any_size, no_transform(), normalised_step(), 0, 0.0)
        return Ascent(model, objective, mode, precision, head)

    ascent = model.trace_once("dream", (objective.name, head.name, precision), compiled, KEPT)
    return DreamGradient(ascent, ascent.numbers({f"class {at}": [one] for at, one in enumerate(classes)}))


def layer_responses(model: LoadedModel, terms: Terms, picture: np.ndarray, precision: str) -> list[float]:
    """How strongly layers answer to a picture, in the units in which their part of the objective is counted.

    Args:
        model: a warm model.
        terms: of the objective.
        picture: float32 (height, width, channel) in [0, 1].
        precision: that of the dream.

    Returns:
        A whole layer's mean squared activation; its square root where channels are chosen; 1 for a silent layer.
    """
    set_precision(model.network, precision)
    inputs = preprocess(tf.constant(picture[None]), model.preprocess)
    outputs = layer_outputs(model.network, [path for path, _ in terms], inputs)
    squares = [float(tf.reduce_mean(tf.square(tf.cast(outputs[path], tf.float32)))) for path, _ in terms]
    return [(s**0.5 if channels else s) or 1.0 for s, (_, channels) in zip(squares, terms, strict=True)]


def tiles_of(size: tuple[int, int], tile: int, shift: tuple[int, int]) -> list[Tile]:
    """Tiles of a picture that was rolled, each as the rows and columns that it covers in the picture as it lies.

    Args:
        size: height and width.
        tile: largest side of a tile.
        shift: how far the picture is rolled, down and to the right; what leaves on one side comes in on the other.

    Returns:
        (rows, columns), int arrays; together they cover every pixel exactly once.
    """
    down, across = (
        [(np.arange(a, b) - by) % side for a, b in pairwise(edges)]
        for side, by, edges in zip(size, shift, (tile_edges(side, tile) for side in size), strict=True)
    )
    return [(rows, columns) for rows in down for columns in across]


@dataclass
class GradientSum:
    """What a walk over tiles has found so far.

    Attributes:
        objective: sum over the tiles, each times its share of the picture.
        size: mean absolute value of the gradient, the same way.
        done: share of the picture.
    """

    objective: float = 0.0
    size: float = 0.0
    done: float = 0.0

    def add(self, share: float, objective: float, size: float = 0.0) -> None:
        """Count a tile.

        Raises:
            NotFinite: NaN or infinity.
        """
        if not np.isfinite([objective, size]).all():
            raise NotFinite(
                "Expected finite activations. Received NaN or infinity while dreaming. The weights hold NaN, or "
                "overflow this precision: try float32, or check the model."
            )
        self.objective += share * objective
        self.size += share * size
        self.done += share


def whole_gradient(
    function: DreamGradient, picture: np.ndarray, gradient: np.ndarray, tiles: Sequence[Tile]
) -> Generator[float, None, GradientSum]:
    """Fill in a picture's gradient.

    Args:
        function: from dream_gradient().
        picture: float32 (height, width, channel).
        gradient: of the same shape; every value of it is written.
        tiles: from tiles_of().

    Yields:
        The share of the picture that is done, after every tile.

    Returns:
        Objective and size of the whole gradient.

    Raises:
        NotFinite: NaN or infinity.
    """
    found = GradientSum()
    for rows, columns in tiles:
        share = _share(picture, rows, columns)
        objective, part = function.objective_and_gradient(picture[np.ix_(rows, columns)])
        part = part * np.float32(share)
        gradient[np.ix_(rows, columns)] = part
        found.add(share, objective, float(np.abs(part).mean()))
        yield found.done
    return found


def whole_objective(
    function: DreamGradient, picture: np.ndarray, tiles: Sequence[Tile]
) -> Generator[float, None, GradientSum]:
    """The objective alone; arguments and errors as for whole_gradient()."""
    found = GradientSum()
    for rows, columns in tiles:
        found.add(_share(picture, rows, columns), function.judge(picture[np.ix_(rows, columns)]))
        yield found.done
    return found


def _share(picture: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> float:
    return len(rows) * len(columns) / (picture.shape[0] * picture.shape[1])
