"""Small changes of the pictures in every step, so that what is found does not hang on single pixels.

Every picture has draws of its own, made from its seeds and the step alone: a tile is the same in any batch, and a
resumed run goes the way of an uninterrupted one. All pictures stay on the device.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from worker.ascent.parameterizations import SeedRow

# Keeps these draws apart from those of the starts.
STREAM = 77


@dataclass(frozen=True)
class Transform:
    """A random change of pictures.

    Attributes:
        name: says what it is, with its constants.
        draws: how many numbers a picture takes in a step.
        apply: (pictures, float32 (batch, draws) in [0, 1)) -> pictures; where `views` is above 1, that many for
            each picture, one after the other.
        views: pictures that come out for each that goes in.
    """

    name: str
    draws: int
    apply: Callable[[Any, Any], Any] = field(compare=False)
    views: int = 1


def draws_at(step: int, rows: Sequence[SeedRow], count: int) -> np.ndarray:
    """A step's draws: float32 (batch, count) in [0, 1), each row from its own seeds and the step."""
    if count == 0:
        return np.zeros((len(rows), 0), np.float32)
    return np.stack([np.random.default_rng([*row, STREAM, step]).random(count, np.float32) for row in rows])


def no_transform() -> Transform:
    """Pictures as they are."""
    return Transform("unchanged", 0, lambda pictures, draws: pictures)


def wobble(jitter: float, scales: tuple[float, float], degrees: float, last_jitter: float) -> Transform:
    """Jitter, scale, rotate, jitter again, in one resampling; what comes in from outside is the picture mirrored.

    Olah, Mordvintsev, Schubert, "Feature Visualization", Distill 2017: there pad with grey, jitter, scale, rotate,
    jitter and crop one after the other.

    Args:
        jitter: pixels, at most this far down, up, left and right.
        scales: smallest and largest.
        degrees: at most, either way.
        last_jitter: pixels, after the rotation.
    """

    def apply(pictures: Any, draws: Any) -> Any:
        matrices = wobble_matrices(draws, tf.shape(pictures), jitter, scales, degrees, last_jitter)
        moved = tf.raw_ops.ImageProjectiveTransformV3(
            images=pictures,
            transforms=matrices,
            output_shape=tf.shape(pictures)[1:3],
            interpolation="BILINEAR",
            fill_mode="REFLECT",
            fill_value=0.0,
        )
        return tf.ensure_shape(moved, pictures.shape)

    return Transform(f"wobble({jitter}, {scales}, {degrees}, {last_jitter})", 6, apply)


def wobble_matrices(
    draws: Any, shape: Any, jitter: float, scales: tuple[float, float], degrees: float, last_jitter: float
) -> Any:
    """float32 (batch, 8): where each pixel of the result is looked up, see ImageProjectiveTransformV3.

    A pixel (x, y) of the result, turned and scaled about the centre, moved by both jitters.
    """
    signed = draws * 2.0 - 1.0
    size = 1.0 / (scales[0] + (scales[1] - scales[0]) * draws[:, 2])
    angle = signed[:, 3] * (degrees * np.pi / 180.0)
    cosine, sine = size * tf.cos(angle), size * tf.sin(angle)
    middle_y, middle_x = [tf.cast(extent - 1, tf.float32) / 2.0 for extent in (shape[1], shape[2])]
    last_y, last_x = middle_y + signed[:, 4] * last_jitter, middle_x + signed[:, 5] * last_jitter
    left = middle_x + signed[:, 1] * jitter - cosine * last_x + sine * last_y
    top = middle_y + signed[:, 0] * jitter - sine * last_x - cosine * last_y
    none = tf.zeros_like(left)
    return tf.stack([cosine, -sine, left, sine, cosine, top, none, none], axis=1)


def roll(jitter: int) -> Transform:
    """Shift with what leaves on one side coming in on the other: Deep Dream's jitter."""

    def apply(pictures: Any, draws: Any) -> Any:
        shifts = tf.cast(tf.floor(draws * (2 * jitter + 1)), tf.int32) - jitter
        return tf.map_fn(
            lambda one: tf.roll(one[0], one[1], axis=(0, 1)),
            (pictures, shifts),
            fn_output_signature=tf.TensorSpec(pictures.shape[1:], tf.float32),
        )

    return Transform(f"roll({jitter})", 2, apply)


def noisy_crops(
    views: int, size: tuple[int, int], widest: float = 1.0, narrowest: float = 0.4, noise: float = 0.08
) -> Transform:
    """Crops about the middle, each drawn out to the whole size, with noise: MACO's transform.

    Fel et al., NeurIPS 2023: centres ~ N(0.5, 0.15), noise normal 0.08 and uniform ± 0.04. There pictures are larger
    than what the network sees, and crops shrink over the run from a half of them to a twentieth; here the picture
    has the network's size, and every step draws its widths from a range.

    Args:
        views: crops a picture and step.
        size: height and width of what the network sees.
        widest, narrowest: shares of the picture's sides.
        noise: standard deviation of the normal part; the uniform one reaches half of it.
    """

    def apply(pictures: Any, draws: Any) -> Any:
        drawn = tf.reshape(draws, [-1, 5])
        boxes = _boxes(drawn, widest, narrowest)
        images = tf.repeat(tf.range(tf.shape(pictures)[0]), views)
        crops = tf.image.crop_and_resize(pictures, boxes, images, size)
        return crops + tf.map_fn(
            lambda seed: _noise(seed, tf.shape(crops)[1:], noise),
            tf.cast(drawn[:, 3:] * 2.0**24, tf.int32),
            fn_output_signature=tf.TensorSpec(crops.shape[1:], tf.float32),
        )

    return Transform(f"noisy_crops({views}, {size}, {widest}, {narrowest}, {noise})", 5 * views, apply, views)


def _boxes(drawn: Any, widest: float, narrowest: float) -> Any:
    """float32 (crops, 4): top, left, bottom, right as shares of the picture, all inside it."""
    centre = 0.5 + 0.15 * tf.math.ndtri(tf.clip_by_value(drawn[:, :2], 1e-4, 1 - 1e-4))
    half = 0.5 * (narrowest + (widest - narrowest) * drawn[:, 2:3])
    centre = tf.clip_by_value(centre, half, 1.0 - half)
    return tf.concat([centre - half, centre + half], axis=1)


def _noise(seed: Any, shape: Any, strength: float) -> Any:
    normal = tf.random.stateless_normal(shape, seed, stddev=strength)
    return normal + tf.random.stateless_uniform(shape, seed + 1, -strength / 2, strength / 2)
