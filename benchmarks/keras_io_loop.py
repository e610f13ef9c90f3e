"""The well-known loop that atlases are held against, restated.

F. Chollet, "Visualizing what convnets learn", keras.io, 2020: a feature extractor that ends at the layer; the mean
of one channel without a border of 2 positions; 30 steps of 10 along the L2-normalised gradient, for pictures between
-1 and 1; the result centred, its standard deviation set to 0.15, cut to the visible range. Here pictures are
between 0 and 1, so start and step are half as long, and every network gets its own preprocessing.
"""

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from worker.networks.capture import any_size
from worker.networks.models import LoadedModel
from worker.networks.precision import set_precision
from worker.networks.preprocessing import preprocess, to_uint8

STEP_LENGTH = 10 / 2
START_REACH = 0.125 / 2
DEVIATION = 0.15
BORDER = 2


def loop_pictures(
    model: LoadedModel, layer: str, channels: list[int], size: int, steps: int, precision: str, batch: int = 8
) -> np.ndarray:
    """What the loop climbs to, several channels at once to save time: each picture has its own norm.

    Returns:
        float32 (channel, size, size, 3), contrast as climbed; see shown().
    """
    extractor = _extractor(model, layer, precision)

    @tf.function(autograph=False, reduce_retracing=True)
    def step(pictures: Any, which: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(pictures)
            activation = extractor(preprocess(pictures, model.preprocess))[:, BORDER:-BORDER, BORDER:-BORDER]
            chosen = tf.one_hot(which, activation.shape[-1], dtype=activation.dtype)
            objective = tf.reduce_mean(tf.cast(activation * chosen[:, None, None], tf.float32), axis=(1, 2))
        return pictures + STEP_LENGTH * _unit_length(tape.gradient(objective, pictures))

    climbed = []
    for first in range(0, len(channels), batch):
        which = channels[first : first + batch]
        pictures = tf.constant(np.stack([_start(size, channel) for channel in which]))
        for _ in range(steps):
            pictures = step(pictures, tf.constant(which))
        climbed.append(np.asarray(pictures))
    return np.concatenate(climbed)


def timed_loop(
    model: LoadedModel, layer: str, channels: list[int], size: int, steps: int, precision: str
) -> tuple[np.ndarray, float]:
    """The loop as published: one channel at a time, its number a Python integer, so that each is traced anew.

    Returns:
        Pictures as loop_pictures(), and seconds a channel.
    """
    extractor = _extractor(model, layer, precision)

    @tf.function(autograph=False)
    def step(picture: Any, channel: int) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(picture)
            activation = extractor(preprocess(picture, model.preprocess))
            objective = tf.reduce_mean(tf.cast(activation[:, BORDER:-BORDER, BORDER:-BORDER, channel], tf.float32))
        return picture + STEP_LENGTH * _unit_length(tape.gradient(objective, picture))

    begun, climbed = time.perf_counter(), []
    for channel in channels:
        picture = tf.constant(_start(size, channel)[None])
        for _ in range(steps):
            picture = step(picture, channel)
        climbed.append(np.asarray(picture)[0])
    return np.stack(climbed), (time.perf_counter() - begun) / len(channels)


def shown(pictures: np.ndarray, deviation: float = DEVIATION) -> np.ndarray:
    """uint8 tiles of climbed pictures, each centred and brought to a contrast."""
    centred = pictures - pictures.mean((1, 2, 3), keepdims=True)
    scaled = 0.5 + deviation * centred / (pictures.std((1, 2, 3), keepdims=True) + 1e-5)
    return np.stack([to_uint8(picture) for picture in scaled])


def _extractor(model: LoadedModel, layer: str, precision: str) -> Callable[[Any], Any]:
    set_precision(model.network, precision)
    network = keras.Model(model.network.inputs, model.network.get_layer(layer).output)

    def extract(pictures: Any) -> Any:
        with any_size(network):  # weights with a head come with a fixed size
            return network(pictures)

    return extract


def _start(size: int, channel: int) -> np.ndarray:
    noise = np.random.default_rng(channel).uniform(-START_REACH, START_REACH, (size, size, 3))
    return (0.5 + noise).astype(np.float32)


def _unit_length(gradient: Any) -> Any:
    length = tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=(1, 2, 3), keepdims=True))
    return tf.math.divide_no_nan(gradient, length)
