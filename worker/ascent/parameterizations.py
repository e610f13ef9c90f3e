"""How a picture is written down while it is optimized; here: as its pixels. Fourier coefficients are in fourier,
phases alone in phases.

Pictures are float32 (batch, height, width, channel). What is optimized are the variables, float32, the picture on the
first axis.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

# What a picture's chance hangs on: the run's seed, its channel or class, and the number of its start.
SeedRow = tuple[int, int, int]

# Chollet's start: mid-grey with a little noise, 128 ± 10 of 255.
GREY = 0.5
NOISE = 10 / 255
# Further starts of a silent channel: coloured blobs, an eighth of the picture wide, then twice that, ...
# Of 96 channels each of InceptionV3 mixed2, mixed4 and VGG16 block3_conv1, two starts with louder noise left 5, 15
# and 6 dead, two with blobs 0, 4 and 0. Faint blobs first: they wake most and hardly show in the tile.
BLOBS = (0.08, 0.2, 0.35)
BLOB_SIDE = 8

# Standard deviation of a shown tile. 0.1 (the blog) looks faint beside photographs; the later script's is 0.25.
SHOWN_DEVIATION = 0.25


@dataclass(frozen=True)
class Parameterization:
    """One way to write pictures down.

    Attributes:
        name: says what it is, with everything that changes it; equal names mean equal parameterizations.
        size: height and width of the pictures; None where any goes.
        channels: of the pictures.
        shape: of one picture's variables; None where any extent goes.
        pictures: variables -> pictures (batch, height, width, channel); differentiable.
        start: SeedRow -> the variables of one picture to start from, float32 NumPy.
        invert: pictures, float32 NumPy -> the variables that give them, or come nearest.
        shown: one optimized picture, float32 NumPy -> the picture to show, in [0, 1].
    """

    name: str
    size: tuple[int | None, int | None]
    channels: int
    shape: tuple[int | None, ...]
    pictures: Callable[[Any], Any] = field(compare=False)
    start: Callable[[SeedRow], np.ndarray] = field(compare=False)
    invert: Callable[[np.ndarray], np.ndarray] = field(compare=False)
    shown: Callable[[np.ndarray], np.ndarray] = field(compare=False)

    @property
    def signature(self) -> Any:
        """TensorSpec of a batch of variables."""
        return tf.TensorSpec([None, *self.shape], tf.float32)


def pixels(height: int | None, width: int | None, channels: int, bounded: bool = False) -> Parameterization:
    """The pixels themselves.

    Args:
        height, width: None where any size goes, for what starts from pictures alone.
        channels: of the pictures.
        bounded: whether pictures stay in [0, 1] and are shown as they are; otherwise contrast grows freely and is
            set to a fixed one for show.
    """

    def start(row: SeedRow) -> np.ndarray:
        assert height is not None and width is not None, "pictures of any size start from pictures"
        return noise_start((height, width), channels, *row)

    def as_they_are(variables: Any) -> Any:
        return tf.identity(variables)

    def within(variables: Any) -> Any:
        return within_range(variables)

    def copied(pictures: np.ndarray) -> np.ndarray:
        return np.array(pictures, np.float32)

    return Parameterization(
        f"pixels({height}, {width}, {channels}, {bounded})",
        (height, width),
        channels,
        (height, width, channels),
        within if bounded else as_they_are,
        start,
        copied,
        clip if bounded else shown_noise_picture,
    )


@tf.custom_gradient
def within_range(values: Any) -> Any:
    """Clip to [0, 1]; the gradient passes where it leads back inside."""

    def gradient(upstream: Any) -> Any:
        outwards = ((values > 1) & (upstream > 0)) | ((values < 0) & (upstream < 0))
        return tf.where(outwards, 0.0, upstream)

    return tf.clip_by_value(values, 0.0, 1.0), gradient


def noise_start(size: int | tuple[int, int], channels: int, seed: int, which: int, start: int = 0) -> np.ndarray:
    """Grey noise to start from, coloured blobs for further starts.

    Depends on nothing but its arguments, so that a tile does not depend on its batch's company.

    Args:
        size: height and width in pixels; one number for a square.
        channels: of the picture.
        seed: of the run.
        which: the channel that is maximised.
        start: 0, then 1, 2, ... for further starts.

    Returns:
        float32 (height, width, channels), about 0.5.
    """
    height, width = (size, size) if isinstance(size, int) else size
    random = np.random.default_rng([seed, which, start])
    noise = random.uniform(-1.0, 1.0, (height, width, channels)).astype(np.float32)
    picture = GREY + NOISE * noise
    if start > 0:
        side = max(2, min(height, width) // (BLOB_SIDE * 2 ** (start - 1)))
        grid = random.uniform(-1.0, 1.0, (side, side, channels)).astype(np.float32)
        picture += BLOBS[min(start, len(BLOBS)) - 1] * _enlarged(grid, (height, width))
    return picture


def _enlarged(grid: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A small float32 grid drawn out to (height, width, channel), smoothly."""
    shape, way = (size[1], size[0]), Image.Resampling.BICUBIC
    return np.stack([np.asarray(Image.fromarray(plane).resize(shape, way)) for plane in np.moveaxis(grid, -1, 0)], -1)


def clip(picture: np.ndarray) -> np.ndarray:
    """A picture as it is, within [0, 1]."""
    return np.clip(picture, 0.0, 1.0)


def shown_noise_picture(picture: np.ndarray) -> np.ndarray:
    """Centre an ascended picture on grey with a fixed contrast, as the readings show theirs.

    Args:
        picture: float32 (height, width, channel), any range.

    Returns:
        float32 in [0, 1]; flat grey for a flat picture, never NaN.
    """
    centred = picture - picture.mean()
    deviation = centred.std()
    if deviation < 1e-6:
        return np.full_like(picture, GREY)
    return np.clip(GREY + centred / deviation * SHOWN_DEVIATION, 0.0, 1.0)
