"""Pictures written down as Fourier coefficients with decorrelated colours: every step is a step at all scales.

Olah, Mordvintsev, Schubert, "Feature Visualization", Distill 2017.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from worker.ascent.parameterizations import Parameterization, SeedRow, clip

# Standard deviation of the coefficients at the start: a picture that is grey but for a trace of clouds.
START_DEVIATION = 0.01
# Of the spectrum: coefficients of frequency f weigh 1/f, as in photographs.
DECAY = 1.0
# A quarter of the inverse transform goes into the sigmoid.
GAIN = 0.25
# A photograph's black and white lie at infinity behind the sigmoid; these shares are near enough.
DARKEST, BRIGHTEST = 0.004, 0.996

# Root of the covariance of colours in ImageNet's photographs, over its largest column norm.
COLOUR_ROOT = (
    np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]], np.float32) / 0.462
).T.copy()  # fmt: skip


def fourier(height: int, width: int, channels: int, deviation: float = START_DEVIATION) -> Parameterization:
    """Coefficients (channel, height, width // 2 + 1, real and imaginary part) of pictures in [0, 1].

    Args:
        height, width: of the pictures; odd ones go too.
        channels: three are taken for colours and decorrelated; others are left as they are.
        deviation: of the coefficients at the start.
    """
    scale = coefficient_scale(height, width)

    def pictures(variables: Any) -> Any:
        spectrum = tf.complex(variables[..., 0], variables[..., 1]) * tf.cast(tf.constant(scale), tf.complex64)
        planes = GAIN * tf.signal.irfft2d(spectrum, [height, width])
        return tf.sigmoid(with_colours(tf.transpose(planes, [0, 2, 3, 1])))

    def start(row: SeedRow) -> np.ndarray:
        random = np.random.default_rng([*row, 1])
        return deviation * random.standard_normal((channels, *scale.shape, 2), np.float32)

    def invert(photographs: np.ndarray) -> np.ndarray:
        spectrum = np.fft.rfft2(np.moveaxis(decorrelate(photographs), -1, 1)) / (GAIN * scale)
        return np.stack([spectrum.real, spectrum.imag], -1).astype(np.float32)

    name, shape = f"fourier({height}, {width}, {channels}, {deviation})", (channels, *scale.shape, 2)
    return Parameterization(name, (height, width), channels, shape, pictures, start, invert, clip)


def coefficient_scale(height: int, width: int) -> np.ndarray:
    """What a coefficient is multiplied with: 1 / frequency, float32 (height, width // 2 + 1)."""
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    slowest = 1.0 / max(height, width)
    return (np.sqrt(height * width) / np.maximum(frequency, slowest) ** DECAY).astype(np.float32)


def with_colours(values: Any) -> Any:
    """Mix decorrelated planes into red, green and blue; other numbers of channels pass unchanged."""
    return tf.tensordot(values, tf.constant(COLOUR_ROOT), 1) if values.shape[-1] == 3 else values


def decorrelate(photographs: np.ndarray) -> np.ndarray:
    """The inverse: float32 pictures in [0, 1] -> what the sigmoid and the mixing made them of, same shape."""
    inside = np.clip(photographs, DARKEST, BRIGHTEST)
    values = np.log(inside / (1.0 - inside)).astype(np.float32)
    return values @ np.linalg.inv(COLOUR_ROOT) if values.shape[-1] == 3 else values
