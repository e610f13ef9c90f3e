"""The objective of facets: a channel's own, and that the pictures of a batch excite their layer differently."""

from typing import Any

import tensorflow as tf

from worker.ascent.objective_sums import diversity
from worker.ascent.objectives import Objective, channel
from worker.ascent.watching import LayerOutputs

# Share of a channel's objective that a picture loses when it is like all others.
WEIGHT = 0.6
# Name of the report that holds the channel's own objective.
RESPONSE = "response"


def diverse_channel(path: str, weight: float = WEIGHT) -> Objective:
    """Mean activation of a channel, less a share of it for each picture's likeness to the others of the batch.

    Olah, Mordvintsev, Schubert, "Feature Visualization", Distill 2017, weigh likeness by a constant that suits their
    network. Here it is weighed by the objective itself, so that it means the same in every layer of every network.

    Args:
        path: of the layer.
        weight: share of the objective that full likeness costs.

    Returns:
        An objective that reports the channel's own as RESPONSE.
    """
    plain, apart = channel(path), diversity(path)

    def value(seen: LayerOutputs) -> Any:
        response = plain.value(seen)
        likeness = -tf.math.divide_no_nan(apart.value(seen), _others(seen))
        return response - weight * tf.stop_gradient(tf.abs(response)) * likeness

    return Objective(
        f"diverse({path}, {weight})", value, apart.whole, plain.chosen, plain.numbers, {RESPONSE: plain.value}
    )


def _others(seen: LayerOutputs) -> Any:
    """float32 (batch,): how many pictures each one is compared with, crops of others counted one by one."""
    images = seen.pictures()
    return tf.reduce_sum(tf.cast(images[:, None] != images[None, :], tf.float32), axis=-1)
