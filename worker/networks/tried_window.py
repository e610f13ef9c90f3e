"""What one unit of a layer of somebody's own sees: no rule is known for it, so it is tried on noise.

The middle unit's gradient says which pixels of the input reach it; Araujo, Norris and Sim (Distill 2019) call their
square the receptive field.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras.src.models.functional import Functional

# Pixels of the maps that it is tried on, at most; and how often, since an activation hides some.
SIDE, TRIES = 65, 3


@dataclass(frozen=True)
class Window:
    """What units see of the layer's input.

    Attributes:
        size: side of the square of input pixels that reaches one unit.
        step: input pixels between two neighbouring units; below 1 after upsampling.
        start: row and column of the middle of the first unit's square.
    """

    size: int
    step: float
    start: tuple[float, float]


def is_own(layer: keras.layers.Layer) -> bool:
    """Whether a layer is somebody's own code: none that Keras brings, and no graph of layers that Keras can follow."""
    return not type(layer).__module__.startswith(("keras.", "worker.")) and not isinstance(
        layer, Functional | keras.Sequential
    )


def tried_window(layer: Callable[[Any], Any], shapes: Sequence[Sequence[int | None]], place: int) -> Window | None:
    """The window of a layer on one of its inputs.

    Args:
        layer: built, or any function of one tensor, or of a list where there are several.
        shapes: of its inputs, batch first.
        place: number of the input in question, (batch, height, width, channel).

    Returns:
        None where a unit sees all there is, or where that cannot be told.
    """
    sides = [(1, *(min(int(side or SIDE), SIDE) for side in shape[1:-1]), int(shape[-1] or 1)) for shape in shapes]
    seen: Any = np.zeros(sides[place][1:3], bool)
    units: tuple[int, ...] = ()
    try:
        for seed in range(TRIES):
            changed, units = _reaching(layer, sides, place, seed)
            seen |= changed
    except Exception:  # whatever the code of others raises: then nothing is claimed to be out of sight
        return None
    spans = [np.flatnonzero(seen.any(axis)) for axis in (1, 0)]
    if any(not span.size for span in spans) or seen.all():
        return None
    steps = [_step(side, count) for side, count in zip(seen.shape, units, strict=True)]
    middles = [(span[0] + span[-1]) / 2 for span in spans]
    start = [m - (count // 2) * step for m, count, step in zip(middles, units, steps, strict=True)]
    return Window(max(int(span[-1] - span[0]) + 1 for span in spans), steps[0], (float(start[0]), float(start[1])))


def _reaching(
    layer: Callable[[Any], Any], sides: list[tuple[Any, ...]], place: int, seed: int
) -> tuple[np.ndarray, tuple[int, ...]]:
    """Which pixels of an input, bool (height, width), reach the middle unit; and how many rows and columns of units."""
    noise = np.random.default_rng(seed)
    given = [tf.constant(noise.normal(size=side).astype(np.float32)) for side in sides]
    with tf.GradientTape() as tape:
        tape.watch(given[place])
        output = layer(given[0] if len(given) == 1 else given)
        units = tuple(output.shape[1:3])
        weights = noise.normal(size=output.shape[-1]).astype(np.float32)
        middle = tf.reduce_sum(output[0, units[0] // 2, units[1] // 2] * weights)
    return np.asarray(tf.reduce_any(tape.gradient(middle, given[place])[0] != 0, -1)), units


def _step(side: int, units: int) -> float:
    return float(round(side / units)) if side >= units else 1 / round(units / side)
