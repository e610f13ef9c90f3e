"""How good an atlas is, judged on its tiles as they are shown, in float32, without any transform."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from worker.capture import layer_outputs
from worker.models import LoadedModel
from worker.precision import set_precision
from worker.preprocessing import preprocess

BATCH = 16


@dataclass(frozen=True)
class Scores:
    """An atlas in numbers.

    Attributes:
        own: of the living channels, the share whose tile excites them more than any other channel's tile does.
        living: share of channels that their own tile excites.
        objective: mean over channels of the activation that a channel's own tile gives, in the network's units.
    """

    own: float
    living: float
    objective: float


def score(model: LoadedModel, layer: str, tiles: np.ndarray, channels: list[int]) -> Scores:
    """Judge tiles.

    Args:
        model: the network they were climbed on.
        layer: path of the layer.
        tiles: uint8 (channel, height, width, 3), as shown.
        channels: which channel each is for.
    """
    answers = tile_answers(model, layer, tiles)[:, channels]
    grey = tile_answers(model, layer, np.full_like(tiles[:1], 128))[0, channels]
    own = answers.diagonal()
    # Behind a ReLU a silent channel answers 0 to anything; where there is none, more than to plain grey is alive.
    alive = (own > 0) | (own > grey + 1e-3 * np.abs(grey))
    first = answers.argmax(axis=0) == np.arange(len(channels))
    return Scores(float(first[alive].mean()) if alive.any() else 0.0, float(alive.mean()), float(own.mean()))


def tile_answers(model: LoadedModel, layer: str, tiles: np.ndarray) -> np.ndarray:
    """float32 (tile, channel): mean activation of every channel of a layer for every tile."""
    set_precision(model.network, "float32")

    @tf.function(autograph=False, reduce_retracing=True)
    def means(pictures):  # type: ignore[no-untyped-def]
        ready = preprocess(tf.cast(pictures, tf.float32) / 255.0, model.preprocess)
        return tf.reduce_mean(layer_outputs(model.network, [layer], ready)[layer], axis=(1, 2))

    return np.concatenate([np.asarray(means(tf.constant(tiles[i : i + BATCH]))) for i in range(0, len(tiles), BATCH)])
