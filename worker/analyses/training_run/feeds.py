"""What a network is shown: pictures, or the features that a frozen base sees in them, computed once."""

import math
import tempfile
from collections.abc import Generator
from typing import Protocol

import numpy as np
import tensorflow as tf

from shared.results import Progress
from worker.analyses.training_run.network import TrainableNetwork
from worker.networks.preprocessing import preprocess
from worker.networks.tracing import tracing
from worker.pictures.datasets import PictureFeed


class Feed(Protocol):
    """Batches of some rows, as PictureFeed gives them."""

    def some(self, numbers: np.ndarray) -> tf.data.Dataset:
        """Batches of (values, labels) of rows in this order."""

    @property
    def labels(self) -> np.ndarray:
        """int32 (row)."""


class FeatureFeed:
    """Features that are there already.

    Args:
        features: float32 (row, ...).
        labels: int32 (row).
        batch: rows a batch.
    """

    def __init__(self, features: np.ndarray, labels: np.ndarray, batch: int) -> None:
        self.features, self.labels, self._batch = features, labels, batch

    def some(self, numbers: np.ndarray) -> tf.data.Dataset:
        """Batches of (features, labels) of rows in this order."""
        features, labels = self.features, self.labels

        def gather(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return features[rows], labels[rows]

        def look_up(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            values, found = tf.numpy_function(gather, [rows], (tf.float32, tf.int32), stateful=False)
            values.set_shape((None, *features.shape[1:]))
            found.set_shape((None,))
            return values, found

        order = tf.data.Dataset.from_tensor_slices(np.asarray(numbers, np.int64))
        return order.batch(self._batch).map(look_up).prefetch(2)


def feature_feed(
    trainable: TrainableNetwork, feed: PictureFeed, numbers: np.ndarray, batch: int, memory: int, stage: str
) -> Generator[Progress, None, FeatureFeed]:
    """Pass pictures once through a network's front.

    Args:
        trainable: whose front.
        feed: of the pictures.
        numbers: which of them.
        batch: rows a batch of the new feed.
        memory: bytes that features may take; more of them go into a temporary file.
        stage: for the progress bar.

    Returns:
        A feed whose row n is the picture numbers[n].
    """
    front = trainable.front
    assert front is not None

    @tracing
    @tf.function(input_signature=[tf.TensorSpec((None, *trainable.size, trainable.channels))], autograph=False)
    def run_front(pictures: tf.Tensor) -> tf.Tensor:
        return tf.cast(front(preprocess(pictures, trainable.preprocess), training=False), tf.float32)

    features = _room((len(numbers), *front.output.shape[1:]), memory)
    done = 0
    yield Progress(stage)
    for pictures, _ in feed.some(numbers):
        found = np.asarray(run_front(pictures))
        features[done : done + len(found)] = found
        done += len(found)
        yield Progress(f"{stage}, {done} of {len(numbers)}")
    return FeatureFeed(features, feed.labels[numbers], batch)


def _room(shape: tuple[int, ...], memory: int) -> np.ndarray:
    if 4 * math.prod(shape) <= memory:
        return np.empty(shape, np.float32)
    with tempfile.TemporaryFile() as file:  # it has no name, and lives as long as the array
        return np.memmap(file, np.float32, "w+", shape=shape)


def chosen_rows(labels: np.ndarray, most: int | None) -> np.ndarray:
    """Rows of at most so many pictures, classes in proportion; the first ones of each class.

    Args:
        labels: int (row).
        most: how many; None for all.

    Returns:
        int64 (row), rising.
    """
    if most is None or most >= len(labels):
        return np.arange(len(labels))
    share = np.empty(len(labels))
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        share[own] = (np.arange(len(own)) + 0.5) / len(own)
    return np.sort(np.argsort(share, kind="stable")[:most])


def balancing_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """Weights that make all classes count the same: pictures / (classes × pictures of the class), float32 (class)."""
    counts = np.bincount(labels, minlength=classes)
    return (len(labels) / (classes * np.maximum(counts, 1))).astype(np.float32)
