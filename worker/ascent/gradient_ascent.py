"""The loop: gradient ascent on a batch of pictures, one objective each. Written once for every analysis."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from shared.errors import NotFinite
from worker.ascent.channel_outputs import channel_outputs
from worker.models import LoadedModel
from worker.precision import set_precision
from worker.preprocessing import preprocess

log = logging.getLogger(__name__)

# In float16 a gradient below 6e-8 is zero; the factor is divided out again by the normalisation.
OBJECTIVE_SCALE = {"float32": 1.0, "bfloat16": 1.0, "float16": 1024.0}

Objective = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Ascent:
    """A compiled ascent on one layer of one model.

    One instance a (model, layer, picture size, precision): pictures and channels go in as tensors of any batch
    size, so no batch and no channel retraces.

    Attributes:
        step: (pictures, channels, step_size) -> (pictures after one step, objective before it).
        evaluate: (pictures, channels) -> objective.
        bytes_per_picture: upper bound of the memory that one picture of a batch takes, in bytes.
    """

    step: Callable[..., tuple[Any, Any]]
    evaluate: Callable[..., Any]
    bytes_per_picture: int


def compile_ascent(
    model: LoadedModel, layer: str, objective: Objective, size: int, precision: str = "float32"
) -> Ascent:
    """Trace one step and one evaluation.

    Args:
        model: whose layer is climbed; its weights stay as they are.
        layer: path of the layer; nothing behind it is run.
        objective: see worker.ascent.objectives.
        size: height and width of the pictures.
        precision: float32, bfloat16 or float16; the weights and the picture stay float32.

    Raises:
        UnknownLayer: there is no such layer, or pictures of this size do not reach it.
    """
    pictures = tf.TensorSpec([None, size, size, model.input_channels], tf.float32)
    channels = tf.TensorSpec([None], tf.int32)
    scale = OBJECTIVE_SCALE[precision]

    def value(batch: Any, which: Any) -> Any:
        activations, places = channel_outputs(model.network, layer, preprocess(batch, model.preprocess), which)
        return objective(activations, places)

    def step(batch: Any, which: Any, step_size: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(batch)
            reached = value(batch, which)
            total = tf.reduce_sum(reached) * scale
        return batch + step_size * normalised(tape.gradient(total, batch)), reached

    set_precision(model.network, precision)
    traced = tf.function(step, autograph=False).get_concrete_function(pictures, channels, tf.TensorSpec([], tf.float32))
    judged = tf.function(value, autograph=False).get_concrete_function(pictures, channels)
    return Ascent(traced, judged, _bytes_per_picture(traced))


def normalised(gradient: Any) -> Any:
    """Each picture's gradient over its own root mean square; zero stays zero."""
    mean_square = tf.reduce_mean(tf.square(gradient), axis=(1, 2, 3), keepdims=True)
    # Asked the other way round, "> 0", NaN would count as no gradient and never be seen.
    return tf.where(mean_square == 0, 0.0, gradient * tf.math.rsqrt(mean_square))


@dataclass(frozen=True)
class Height:
    """How far a batch has climbed.

    Attributes:
        step: steps done.
        pictures: float32 tensor (batch, size, size, channel).
        curve: float32 (batch, columns): the objective at the start and before each further step; the last
            one of a climb has step + 1 columns, up to the objective at its end.
    """

    step: int
    pictures: Any
    curve: np.ndarray


def climb(ascent: Ascent, starts: np.ndarray, channels: np.ndarray, steps: int, step_size: float) -> Iterator[Height]:
    """Climb a batch.

    Args:
        ascent: from compile_ascent().
        starts: float32 (batch, size, size, channel).
        channels: int (batch,), the channel of each picture.
        steps: how many; none yields the start alone.
        step_size: root mean square change of a pixel, 1 = white.

    Yields:
        After every step, how far the batch is.

    Raises:
        NotFinite: an objective is NaN or infinite.
    """
    pictures = tf.constant(starts, tf.float32)
    which = tf.constant(channels, tf.int32)
    size = tf.constant(step_size, tf.float32)
    curve = np.zeros((len(starts), steps + 1), np.float32)
    for done in range(steps):
        pictures, reached = ascent.step(pictures, which, size)
        curve[:, done] = _finite(reached, channels)
        if done + 1 < steps:
            yield Height(done + 1, pictures, curve[:, : done + 1])
    curve[:, steps] = _finite(ascent.evaluate(pictures, which), channels)
    # A ReLU answers NaN with zero, so the objective alone does not tell.
    _finite(tf.reduce_sum(pictures, axis=(1, 2, 3)), channels)
    yield Height(steps, pictures, curve)


def _finite(values: Any, channels: np.ndarray) -> np.ndarray:
    numbers = np.asarray(values, np.float32)
    if not np.isfinite(numbers).all():
        broken = [int(c) for c in np.asarray(channels)[~np.isfinite(numbers)]]
        raise NotFinite(
            f"Expected finite activations. Received NaN or infinity in channel {', '.join(map(str, broken[:10]))}. "
            "The weights hold NaN, or overflow this precision: try float32, or check the model."
        )
    return numbers


def _bytes_per_picture(traced: Any) -> int:
    """Sum over everything the traced graph computes with a free first axis: forward and backward pass."""
    total = 0
    for operation in traced.graph.get_operations():
        for tensor in operation.outputs:
            shape = tensor.shape
            if shape.rank == 4 and shape[0] is None and all(shape[1:]):
                total += int(np.prod(shape[1:])) * tensor.dtype.size
    return total
