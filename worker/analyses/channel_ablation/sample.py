"""The pictures that channels are switched off for, as far as the layer: run once where they fit into memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from shared.analyses.channel_ablation.spec import Replacement
from worker.networks.cut import AtLayer, CutNetwork
from worker.pictures.datasets import PictureFeed

# What the layer gives for all pictures is kept while it takes less than this.
KEPT_BYTES = 512 * 1024**2
# Fewer pictures at once than this could leave one alone, whose channel no other picture's could replace.
LEAST_BATCH = 3


@dataclass(frozen=True)
class Batch:
    """Some pictures at the layer.

    Attributes:
        rows: int64 (picture), their numbers in the sample.
        at: how far they are.
        replacements: what stands in for each call's values.
    """

    rows: np.ndarray
    at: AtLayer
    replacements: list[Any]


@dataclass
class Sample:
    """The pictures, drawn by chance.

    Attributes:
        cut: the network.
        feed: of the split, in batches of batch_size().
        places: int64 (picture), places in the split.
        replace_by: what stands in for a channel.
        mean: float32 (channel), each channel's mean; zeros until prepare() has found it.
        kept: all pictures in order, as far as the layer; [] until they have run, or where they do not fit.
    """

    cut: CutNetwork
    feed: PictureFeed
    places: np.ndarray
    replace_by: Replacement
    mean: np.ndarray
    kept: list[tuple[np.ndarray, AtLayer]] = field(default_factory=list)

    def prepare(self) -> Iterator[int]:
        """Find the means, and keep what fits; yields how many pictures are done."""
        total, count, found = np.zeros(self.cut.channels), 0, []
        fits = self._fits()
        if not fits and self.replace_by != "mean":
            return
        for rows, at in self._run():
            for values in at.values:
                total += np.asarray(tf.reduce_sum(values, range(len(values.shape) - 1)), np.float64)
                count += int(np.prod(values.shape[:-1]))
            found += [(rows, at)] if fits else []
            yield int(rows[-1]) + 1
        self.mean, self.kept = (total / count).astype(np.float32), found

    def batches(self) -> Iterator[Batch]:
        """All pictures in order, at the layer."""
        for rows, at in self.kept or self._run():
            yield Batch(rows, at, self.replacements(at))

    def pictures(self) -> Iterator[tuple[np.ndarray, Any]]:
        """All pictures in [0, 1], with their numbers in the sample."""
        done = 0
        for pictures, _ in self.feed.some(self.places):
            yield np.arange(done, done + len(pictures)), pictures
            done += len(pictures)

    def replacements(self, at: AtLayer) -> list[Any]:
        """What stands in for the values of some pictures, a tensor a call."""
        if self.replace_by == "resample":  # of the next picture of the batch, for pictures were drawn by chance
            return [tf.roll(values, -1, 0) for values in at.values]
        value = self.mean if self.replace_by == "mean" else np.zeros(self.cut.channels, np.float32)
        return [tf.constant(value.reshape((1,) * len(shape) + (-1,))) for shape in self.cut.shapes]

    def _run(self) -> Iterator[tuple[np.ndarray, AtLayer]]:
        for rows, pictures in self.pictures():
            yield rows, self.cut.front(pictures)

    def _fits(self) -> bool:
        one = 4 * sum(int(np.prod([side or 1 for side in shape])) for shape in self.cut.shapes)
        # As much again for what goes past the layer.
        return not self.cut.whole and 2 * one * len(self.places) <= KEPT_BYTES


def drawn_places(known: np.ndarray, images: int, seed: int) -> np.ndarray:
    """Places in the split of the pictures to look at, in an order of chance.

    Args:
        known: bool (place in the split), whether a picture may be drawn.
        images: how many; 0 means all.
        seed: of the draw.
    """
    places = np.random.default_rng(seed).permutation(np.flatnonzero(known))
    return places[: images or len(places)]


def batch_size(most: int, pictures: int) -> int:
    """Pictures at once: at most so many, and such that no batch holds one picture alone."""
    size = max(LEAST_BATCH, most)
    while size > LEAST_BATCH and pictures % size == 1:
        size -= 1
    return size if pictures % size != 1 else size + 1
