"""Batches of a data set's pictures for training: decoded in parallel, kept where they fit, the same for the same seed.

    feed = PictureFeed(context.library.datasets.open("cats"), "train", (150, 150), batch=32, seed=0, memory=2 * 1024**3)
    for epoch in range(30):
        for pictures, labels in feed.epoch(epoch): ...

The order of an epoch depends on seed and epoch alone, so a run that resumes at epoch 7 sees what it would have seen.
"""

import math
import os
import weakref
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from shared.errors import InvalidSpec, choices, message
from shared.images.bands import BandPicture, decode_npy, fit_words
from shared.images.resizing import OWN, read_resizing
from shared.library import Dataset
from worker.pictures.resized import coloured, looked_at, resized, shrinks_much

Labels = Literal["sparse", "one_hot"]
READ_TOGETHER = 32


class PictureFeed:
    """One split of a data set as batches, epoch after epoch.

    Args:
        dataset: from shared.library.datasets.registry.DatasetRegistry.open().
        split: "train", "validation" or "test".
        size: height and width of the batches, in pixels.
        channels: 3 for RGB, 1 for grey; pictures of the other kind are converted as Pillow does. Of a data set of
            numbers as many as it has bands.
        batch: pictures a batch; the last one of an epoch may have fewer.
        resize: a rule for pictures of any size, see shared.images.resizing. Bilinear, and antialiased where a side
            shrinks to less than two thirds.
        labels: "sparse": int32 (picture); "one_hot": float32 (picture, class).
        seed: of the order; None leaves the data set's own order, in which classes are mixed and which never changes.
        memory: bytes that decoded pictures of this split may take; where they fit, they are decoded once.
        how: pictures go into the network, for shared.images.bands.number_range().

    Raises:
        InvalidSpec: no such split, or a value out of bounds.
    """

    def __init__(
        self, dataset: Dataset, split: str, size: tuple[int, int], *, channels: int = 3, batch: int = 32,
        resize: str = "crop", labels: Labels = "sparse", seed: int | None = None, memory: int = 0,
        how: str = "",
    ) -> None:  # fmt: skip
        _check(size, batch, resize, labels)
        _check_channels(dataset, channels)
        self.classes = dataset.card.classes
        self.rows = dataset.card.rows(split)
        self._size, self._channels, self._batch, self._kind = size, channels, batch, labels
        self._seed = seed
        self.words = dataset.card.way_in_words(size, channels, resize, how)
        pictures = [dataset.card.pictures[i] for i in self.rows]
        self._labels = np.array([picture.label for picture in pictures], np.int32)
        self._rule = read_resizing(resize)
        boxes = [looked_at(picture.height, picture.width, size, self._rule) for picture in pictures]
        self._boxes, self._shrinks = np.array(boxes, np.int32), np.array([shrinks_much(box, size) for box in boxes])
        self._sizes = np.array([(picture.height, picture.width) for picture in pictures], np.int32)
        self._source = _Source(dataset, list(pictures), how)
        whole = self._rule.share == 1
        self._kept = self._source.as_they_are(size, channels) if whole else None
        self._places = self._source.places
        self._filled: np.ndarray | None = None
        shape = (len(pictures), *size, channels)
        dtype = np.dtype(np.float32 if self._source.numbers else np.uint8)
        if self._kept is None and math.prod(shape) * dtype.itemsize <= memory:
            self._kept, self._filled = np.zeros(shape, dtype), np.zeros(len(pictures), bool)
            self._places = np.arange(len(pictures))

    def __len__(self) -> int:
        """Batches an epoch."""
        return math.ceil(len(self._labels) / self._batch)

    @property
    def pictures(self) -> int:
        """Pictures an epoch."""
        return len(self._labels)

    @property
    def shown_boxes(self) -> np.ndarray:
        """int32 (picture, 4): top, left, height and width of what is shown of each picture, in its own pixels; where
        it is filled up, beyond its edges too.
        """
        return self._boxes

    @property
    def picture_sizes(self) -> np.ndarray:
        """int32 (picture, 2): height and width of each picture."""
        return self._sizes

    @property
    def labels(self) -> np.ndarray:
        """int32 (picture): number of each picture's class, in the data set's own order."""
        return self._labels

    def order(self, epoch: int) -> np.ndarray:
        """int64 (picture): which pictures of the split come in an epoch, one after the other."""
        if self._seed is None:
            return np.arange(self.pictures)
        return np.random.default_rng((self._seed, epoch)).permutation(self.pictures)

    def epoch(self, number: int = 0) -> tf.data.Dataset:
        """The batches of an epoch.

        Args:
            number: of the epoch; another one has another order.

        Returns:
            A tf.data.Dataset of (pictures float32 (batch, height, width, channels) in [0, 1], labels).
        """
        return self.some(self.order(number))

    def some(self, numbers: np.ndarray) -> tf.data.Dataset:
        """The batches of some pictures: a shard of the split, or what an earlier attempt has left to do.

        Args:
            numbers: int (picture), which pictures of the split, in the wanted order.

        Returns:
            As epoch().
        """
        order = tf.data.Dataset.from_tensor_slices(np.asarray(numbers, np.int64))
        if self._all_kept():
            batches = order.batch(self._batch).map(self._gather, num_parallel_calls=2, deterministic=True)
        else:
            # Python reads many pictures a call: a call for each would hold up the decoders behind its one lock.
            data = order.batch(READ_TOGETHER).map(self._source.read, num_parallel_calls=2, deterministic=True).unbatch()
            found = data.map(self._decode, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
            batches = found.batch(self._batch)
            batches = batches if self._filled is None else batches.map(self._remember, num_parallel_calls=1)
        ready = batches.map(self._finish, num_parallel_calls=2, deterministic=True)
        return ready.prefetch(2).apply(tf.data.experimental.assert_cardinality(math.ceil(len(numbers) / self._batch)))

    def _all_kept(self) -> bool:
        return self._kept is not None and (self._filled is None or bool(self._filled.all()))

    def _gather(self, numbers: Any) -> tuple[Any, Any]:
        """A batch from memory: one copy, no decoding."""
        kept, places = self._kept, self._places
        assert kept is not None
        pixels = tf.numpy_function(lambda i: kept[places[i]], [numbers], kept.dtype, stateful=False)
        pixels.set_shape((None, *self._size, self._channels))
        return pixels, numbers

    def _decode(self, data: Any, number: Any) -> tuple[Any, Any]:
        box, mixed = tf.gather(self._boxes, number), self._shrinks.any() and not self._shrinks.all()
        # Most data sets need one way for all of their pictures: then nothing has to be decided for each.
        shrinks = tf.gather(self._shrinks, number) if mixed else bool(self._shrinks[0])
        found = resized(self._source.decode(data), box, shrinks, self._size, self._rule)
        return coloured(found, self._channels, self._source.numbers), number

    def _remember(self, pixels: Any, numbers: Any) -> tuple[Any, Any]:
        """The same batch, once it is in memory."""
        kept = tf.numpy_function(self._keep, [pixels, numbers], tf.int64)
        with tf.control_dependencies([kept]):
            return tf.identity(pixels), numbers

    def _keep(self, pixels: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        assert self._kept is not None and self._filled is not None
        self._kept[numbers], self._filled[numbers] = pixels, True
        return numbers

    def _finish(self, pixels: Any, numbers: Any) -> tuple[Any, Any]:
        labels = tf.gather(self._labels, numbers)
        if self._kind == "one_hot":
            labels = tf.one_hot(labels, len(self.classes))
        return pixels if self._source.numbers else tf.cast(pixels, tf.float32) * (1 / 255), labels


class _Source:
    """Where the bytes of a split's pictures lie."""

    def __init__(self, dataset: Dataset, pictures: list[Any], how: str) -> None:
        self._at = np.array([picture.at for picture in pictures], np.int64)
        self._length = np.array([picture.length for picture in pictures], np.int64)
        self._file = dataset.pack.open("rb")
        weakref.finalize(self, self._file.close)
        first = pictures[0]
        self._shape = (first.height, first.width, int(self._length[0]) // (first.height * first.width))
        self._files = dataset.card.encoding == "files"
        # Whether the pictures are numbers in place of pixels of 8 bits.
        self.numbers = dataset.card.encoding == "bands"
        self._card, self._how = dataset.card, how

    def as_they_are(self, size: tuple[int, int], channels: int) -> np.ndarray | None:
        """The pack as uint8 (picture, height, width, channel), where it holds pixels as they are wanted; else None."""
        if self._files or self.numbers or self._shape != (*size, channels):
            return None
        return np.memmap(self._file, np.uint8, "r").reshape(-1, *self._shape)

    @property
    def places(self) -> np.ndarray:
        """int64 (picture): which picture of the whole pack each one is, where all have the same length."""
        return self._at // self._length[0]

    def read(self, numbers: Any) -> tuple[Any, Any]:
        """Bytes of several pictures by their numbers within the split, and the numbers."""
        data = tf.numpy_function(self._read, [numbers], tf.string, stateful=False)
        data.set_shape((None,))
        return data, numbers

    def decode(self, data: Any) -> Any:
        """uint8 (height, width, 3), or as it lies in the pack, of one picture's bytes; of numbers float32."""
        if self.numbers:
            values = tf.numpy_function(self._unit, [data], tf.float32, stateful=False)
            values.set_shape((None, None, self._card.bands))
            return values
        if self._files:
            # Decodes PNG too; the slower transform is the one that Pillow uses, so both see the same pixels. Pillow's
            # pixels of a file that was damaged in the middle as well: whether it may be used was decided at the check.
            return tf.io.decode_jpeg(
                data, channels=3, dct_method="INTEGER_ACCURATE", try_recover_truncated=True, acceptable_fraction=0.0
            )
        return tf.reshape(tf.io.decode_raw(data, tf.uint8), self._shape)

    def _unit(self, data: bytes) -> np.ndarray:
        return BandPicture(decode_npy(data), self._card.span[0], self._card.span[1]).seen(self._how)

    def _read(self, numbers: np.ndarray) -> np.ndarray:
        file = self._file.fileno()
        return np.array([os.pread(file, int(self._length[i]), int(self._at[i])) for i in numbers], object)


def _check_channels(dataset: Dataset, channels: int) -> None:
    """Refuse a network that takes other bands than the pictures have, as single pictures are refused."""
    have = dataset.card.channels
    fit_words(BandPicture(np.empty((1, 1, have), np.uint8), 0, 255, not dataset.card.bands), channels)


def _check(size: tuple[int, int], batch: int, resize: str, labels: str) -> None:
    if min(size) < 1 or batch < 1:
        received = f"{size[0]} x {size[1]}, batches of {batch}"
        raise InvalidSpec(message("a size and a batch of at least 1", received, "Choose larger ones."))
    if read_resizing(resize).way == OWN:
        raise InvalidSpec(message("a rule that brings pictures to one size", resize, "Choose crop, fit or pad."))
    if labels not in ("sparse", "one_hot"):
        raise InvalidSpec(message("a known way", labels, choices(labels, ("sparse", "one_hot"))))
