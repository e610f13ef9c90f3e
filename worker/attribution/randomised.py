"""The weights of a network, replaced by random ones from the head down; the network's own are only read.

Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim, "Sanity Checks for Saliency Maps", NeurIPS 2018, section 4. For
`sanity_check`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from worker.attribution.explained import ExplainedModel
from worker.networks.capture import find_layer


def cascade(explained: ExplainedModel, depths: int) -> list[tuple[str, ...]]:
    """Layers to randomise at each depth, from the head down: the head alone, then the rest in equal groups.

    Args:
        explained: the model.
        depths: how many groups; fewer where there are fewer layers with weights.
    """
    downwards = explained.weighted[::-1]
    if depths == 1 or len(downwards) <= 1:
        return [downwards] if downwards else []
    groups = np.array_split(np.arange(1, len(downwards)), min(depths, len(downwards)) - 1)
    return [downwards[:1], *(tuple(downwards[i] for i in group) for group in groups)]


def trained_weights(explained: ExplainedModel) -> list[Any]:
    """The network's weights as tensors, in the order of its variables; nothing is copied until one is replaced."""
    return [tf.convert_to_tensor(v) for v in explained.model.network.variables]


def randomise(explained: ExplainedModel, weights: Sequence[Any], paths: Sequence[str], seed: int) -> list[Any]:
    """The same weights with those of some layers replaced by random ones; what random they get depends on the seed.

    Args:
        explained: the model.
        weights: in the order of its variables.
        paths: of layers.
        seed: start of the random numbers.
    """
    variables = explained.model.network.variables
    place = {id(v): i for i, v in enumerate(variables)}
    changed = list(weights)
    for path in paths:
        for weight in find_layer(explained.model.network, path).weights:
            at = place[id(weight)]
            if str(weight.dtype).startswith("float"):
                drawn = random_like(np.asarray(weight), np.random.default_rng([seed, at]))
                changed[at] = tf.constant(drawn, weights[at].dtype)
    return changed


def random_like(weight: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random values that keep the network's signals at the size they had.

    A kernel's are normal with its mean and deviation; the few values of a bias or a normalisation are shuffled, so that
    variances stay above zero.

    Args:
        weight: float, any shape.
        rng: random numbers.
    """
    if weight.ndim < 2:
        return rng.permutation(weight)
    drawn = rng.standard_normal(weight.shape, np.float32)
    drawn *= np.float32(weight.std(dtype=np.float64))
    drawn += np.float32(weight.mean(dtype=np.float64))
    return drawn


def share_of_weights(explained: ExplainedModel, paths: Sequence[str]) -> float:
    """How much of all weights some layers hold, 0 to 1."""
    network = explained.model.network
    held = {id(w): int(np.prod(w.shape)) for path in paths for w in find_layer(network, path).weights}
    return min(1.0, sum(held.values()) / max(1, int(network.count_params())))
