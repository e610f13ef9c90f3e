"""Objectives made of objectives: weighted sums, negatives, and diversity within a batch."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from worker.ascent.objectives import Objective
from worker.ascent.watching import LayerOutputs, spatial


def weighted_sum(terms: Sequence[tuple[float | str, Objective]], name: str = "") -> Objective:
    """Several objectives at once.

    Args:
        terms: (weight, objective). A weight is a number, or the name of one given with every picture, float32
            (batch,): with +1 and -1 a batch holds a channel's picture and its opposite.
        name: for people; by default written out.

    Returns:
        A new objective; those it is made of stay as they are, and so do their reports.
    """

    def value(seen: LayerOutputs) -> Any:
        return tf.add_n([_weight(weight, seen) * one.value(seen) for weight, one in terms])

    given = {w: tf.TensorSpec([None], tf.float32) for w, _ in terms if isinstance(w, str)}
    return Objective(
        name or " + ".join(f"{weight}*{one.name}" for weight, one in terms),
        value,
        tuple(dict.fromkeys(path for _, one in terms for path in one.whole)),
        tuple(dict.fromkeys(pair for _, one in terms for pair in one.chosen)),
        given | {k: v for _, one in terms for k, v in one.numbers.items()},
        {k: v for _, one in terms for k, v in one.reports.items()},
    )


def negative(objective: Objective) -> Objective:
    """The opposite: what makes the objective small."""
    return weighted_sum([(-1.0, objective)])


def diversity(path: str, group: str = "") -> Objective:
    """Minus the sum of cosine similarities between a picture's Gram matrix and those of its company.

    Olah, Mordvintsev, Schubert, "Feature Visualization", Distill 2017. Meant for a weighted sum, with a weight of
    100 for networks whose activations are of the order of a hundred. Crops of one picture are not
    its company.

    Args:
        path: of the layer whose Gram matrices are compared.
        group: name of a number, int32 (batch,): pictures of equal number are company; none means the whole batch.
    """

    def value(seen: LayerOutputs) -> Any:
        maps = tf.cast(spatial(seen.outputs[path]), tf.float32)
        flat = tf.reshape(maps, [tf.shape(maps)[0], -1, maps.shape[-1]])
        grams = tf.matmul(flat, flat, transpose_a=True)
        grams = tf.math.l2_normalize(tf.reshape(grams, [tf.shape(grams)[0], -1]), axis=-1, epsilon=1e-10)
        alike = tf.matmul(grams, grams, transpose_b=True)
        return -tf.reduce_sum(tf.where(_company(seen, group), alike, 0.0), axis=-1)

    numbers = {group: tf.TensorSpec([None], tf.int32)} if group else {}
    return Objective(f"diversity({path}, {group})", value, (path,), (), numbers)


def _company(seen: LayerOutputs, group: str) -> Any:
    """bool (batch, batch): whose Gram matrices are compared."""
    images = seen.pictures()
    others = images[:, None] != images[None, :]
    if not group:
        return others
    groups = seen.numbers[group]
    return others & (groups[:, None] == groups[None, :])


def _weight(weight: float | str, seen: LayerOutputs) -> Any:
    return seen.numbers[weight] if isinstance(weight, str) else tf.constant(weight, tf.float32)
