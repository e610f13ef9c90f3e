"""How a data set's picture is brought to the size that a network takes: in a batch's graph, or alone."""

from typing import Any

import numpy as np
import tensorflow as tf

from shared.images.resizing import Resizing, read_resizing

# Below, hardly anything is lost between the samples, and the filter would double the time that a picture takes.
ANTIALIASED_FROM = 1.5


def sized_pixels(pixels: np.ndarray, size: tuple[int, int], channels: int, resize: str) -> np.ndarray:
    """A picture as training is given it: where it shrinks by more than ANTIALIASED_FROM, within one grey level of
    Pillow's BILINEAR; elsewhere the mean of the four nearest pixels, each by its distance.

    Args:
        pixels: uint8 (height, width, 1 or 3) of any size; float32 (height, width, band) of numbers.
        size: height and width.
        channels: 1 or 3; as many as there are bands.
        resize: a rule for pictures of any size, see shared.images.resizing.

    Returns:
        uint8 or float32 (height, width, channels).
    """
    rule = read_resizing(resize)
    box = looked_at(pixels.shape[0], pixels.shape[1], size, rule)
    found = resized(tf.constant(pixels), box, shrinks_much(box, size), size, rule)
    return np.asarray(coloured(found, channels, pixels.dtype == np.float32))


def looked_at(height: int, width: int, size: tuple[int, int], rule: Resizing) -> tuple[int, int, int, int]:
    """Top, left, height and width of what is looked at, in whole pixels."""
    _, _, tall, broad = rule.box((height, width), size)
    high, wide = max(1, round(tall)), max(1, round(broad))
    return (height - high) // 2, (width - wide) // 2, high, wide


def shrinks_much(box: tuple[int, int, int, int], size: tuple[int, int]) -> bool:
    """Whether so much is lost between the samples that they are to be filtered first."""
    return max(box[2] / size[0], box[3] / size[1]) > ANTIALIASED_FROM


def resized(pixels: Any, box: Any, shrinks: Any, size: tuple[int, int], rule: Resizing) -> Any:
    """float32 (height, width, channel), 0 to 255."""
    if rule.way == "pad":
        return _filled_up(pixels, shrinks, size)
    # Not tf.image's own crop: its checks of the box take longer than the resizing.
    part = tf.slice(pixels, (box[0], box[1], 0), (box[2], box[3], -1))
    if isinstance(shrinks, bool):
        found = tf.image.resize(part, size, method="bilinear", antialias=shrinks)
    else:
        found = tf.cond(
            shrinks,
            lambda: tf.image.resize(part, size, method="bilinear", antialias=True),
            lambda: tf.image.resize(part, size, method="bilinear"),
        )
    return tf.ensure_shape(found, (*size, pixels.shape[-1]))


def _filled_up(pixels: Any, shrinks: Any, size: tuple[int, int]) -> Any:
    """The whole picture in its own proportions with black around it."""
    fill = lambda antialias: tf.image.resize_with_pad(pixels, *size, "bilinear", antialias)  # noqa: E731
    found = fill(shrinks) if isinstance(shrinks, bool) else tf.cond(shrinks, lambda: fill(True), lambda: fill(False))
    return tf.ensure_shape(found, (*size, pixels.shape[-1]))


def coloured(found: Any, channels: int, numbers: bool) -> Any:
    """uint8 (height, width, channels); of numbers float32."""
    if channels == 1 and found.shape[-1] == 3:
        found = tf.image.rgb_to_grayscale(found)
    if channels == 3 and found.shape[-1] == 1:
        found = tf.image.grayscale_to_rgb(found)
    if numbers:
        return found
    # A mean of pixels is never outside of their range, and casting cuts off: half a level more rounds.
    return tf.cast(found + 0.5, tf.uint8)
