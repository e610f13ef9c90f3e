"""Pictures of which only the phases are optimized: the magnitudes stay those of photographs.

Fel et al., "Unlocking Feature Visualization for Deeper Networks with MAgnitude Constrained Optimization", NeurIPS
2023. The magnitudes are measured on pictures that are at hand, so nothing third-party is shipped.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from shared.library import ImageLibrary
from shared.library.images import SAMPLES
from worker.ascent.fourier import decorrelate, with_colours
from worker.ascent.parameterizations import Parameterization, SeedRow, clip

# A few photographs' mean would still show their outlines: each is seen in several crops, mirrored and turned.
CROPS_A_PHOTOGRAPH = 12
# Pictures are brought to this many times the spectrum's size, so that crops of them differ.
ROOM = 1.5


def phases(height: int, width: int, channels: int, magnitude: np.ndarray) -> Parameterization:
    """Phases (channel, height, width // 2 + 1) of pictures in [0, 1].

    Args:
        height, width, channels: of the pictures.
        magnitude: float32 (channel, height, width // 2 + 1), from mean_spectrum().
    """

    def pictures(variables: Any) -> Any:
        size = tf.constant(magnitude)
        spectrum = tf.complex(tf.cos(variables) * size, tf.sin(variables) * size)
        planes = tf.transpose(tf.signal.irfft2d(spectrum, [height, width]), [0, 2, 3, 1])
        return tf.sigmoid(with_colours(_standardised(planes)))

    def start(row: SeedRow) -> np.ndarray:
        # All angles alike. The paper draws N(0, 1) and standardises: then most waves crest together, in one corner.
        return np.random.default_rng([*row, 2]).uniform(-np.pi, np.pi, magnitude.shape).astype(np.float32)

    def invert(photographs: np.ndarray) -> np.ndarray:
        return np.angle(np.fft.rfft2(np.moveaxis(decorrelate(photographs), -1, 1))).astype(np.float32)

    digest = hashlib.sha256(magnitude.tobytes()).hexdigest()[:16]
    name = f"phases({height}, {width}, {channels}, {digest})"
    return Parameterization(name, (height, width), channels, magnitude.shape, pictures, start, invert, clip)


def mean_spectrum(photographs: Sequence[np.ndarray], height: int, width: int) -> np.ndarray:
    """Mean magnitude of the Fourier coefficients of pictures with decorrelated colours.

    Args:
        photographs: float32 (height, width, channel) in [0, 1], each at least as large as the spectrum's size and of
            equal channels.
        height, width: of the pictures to be made.

    Returns:
        float32 (channel, height, width // 2 + 1).
    """
    random = np.random.default_rng(0)
    crops = [_crop(p, height, width, random) for p in photographs for _ in range(CROPS_A_PHOTOGRAPH)]
    planes = np.moveaxis(decorrelate(np.stack(crops)), -1, 1)
    planes = planes - planes.mean((2, 3), keepdims=True)
    return np.abs(np.fft.rfft2(planes)).mean(0).astype(np.float32)


def _crop(photograph: np.ndarray, height: int, width: int, random: np.random.Generator) -> np.ndarray:
    top = int(random.integers(0, photograph.shape[0] - height + 1))
    left = int(random.integers(0, photograph.shape[1] - width + 1))
    cut = photograph[top : top + height, left : left + width]
    return cut[:: int(random.choice([-1, 1])), :: int(random.choice([-1, 1]))]


def _standardised(values: Any) -> Any:
    """Mean 0 and standard deviation 1 over each picture."""
    axes = tuple(range(1, len(values.shape)))
    centred = values - tf.reduce_mean(values, axes, keepdims=True)
    return centred * tf.math.rsqrt(tf.reduce_mean(tf.square(centred), axes, keepdims=True) + 1e-8)


def photograph_spectrum(
    images: ImageLibrary, references: Sequence[str], size: tuple[int, int], channels: int
) -> np.ndarray:
    """Mean magnitude of pictures' Fourier coefficients.

    Args:
        images: the installation's pictures.
        references: which; none means the samples.
        size: height and width of the pictures to be made.
        channels: of them; other numbers than 1 and 3 get the grey spectrum in each channel.

    Returns:
        float32 (channels, height, width // 2 + 1).

    Raises:
        UnknownImage: there is no such picture.
    """
    chosen = references or [f"sample/{name}" for name in SAMPLES]
    grey = channels != 3
    spectrum = mean_spectrum([_photograph(images, name, size, grey) for name in chosen], *size)
    return spectrum if spectrum.shape[0] == channels else np.repeat(spectrum, channels, axis=0)


def _photograph(images: ImageLibrary, reference: str, size: tuple[int, int], grey: bool) -> np.ndarray:
    """float32 (height, width, 1 or 3) in [0, 1], a little larger than the size."""
    picture = images.open(reference).shown().convert("L" if grey else "RGB")
    scale = ROOM * max(size[0] / picture.height, size[1] / picture.width)
    shape = max(size[1], round(picture.width * scale)), max(size[0], round(picture.height * scale))
    pixels = np.asarray(picture.resize(shape, Image.Resampling.LANCZOS), np.float32) / 255.0
    return pixels.reshape(*pixels.shape[:2], -1)
