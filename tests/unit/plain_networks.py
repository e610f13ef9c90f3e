"""The arithmetic of a few layers in NumPy, slow and plain, to compare networks with."""

import numpy as np


def convolve(pictures: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: int = 1) -> np.ndarray:
    """Correlation with "valid" padding.

    Args:
        pictures: (batch, height, width, channel).
        kernel: (row, column, channel, filter).
        bias: (filter,).
        stride: in both directions.
    """
    rows, columns = kernel.shape[:2]
    height = (pictures.shape[1] - rows) // stride + 1
    width = (pictures.shape[2] - columns) // stride + 1
    out = np.zeros((len(pictures), height, width, kernel.shape[3]), np.float64)
    for y in range(height):
        for x in range(width):
            window = pictures[:, y * stride : y * stride + rows, x * stride : x * stride + columns]
            out[:, y, x] = np.tensordot(window, kernel, ((1, 2, 3), (0, 1, 2)))
    return out + bias


def relu(values: np.ndarray) -> np.ndarray:
    """Nothing below zero."""
    return np.maximum(values, 0)


def pool(pictures: np.ndarray, size: int = 2) -> np.ndarray:
    """The largest value of every window; what does not fill one is left out."""
    batch, height, width, channels = pictures.shape
    cut = pictures[:, : height // size * size, : width // size * size]
    return cut.reshape(batch, height // size, size, width // size, size, channels).max(axis=(2, 4))


def normalise(
    values: np.ndarray, gamma: np.ndarray, beta: np.ndarray, mean: np.ndarray, variance: np.ndarray, epsilon: float
) -> np.ndarray:
    """Batch normalisation of a trained network."""
    return (values - mean) / np.sqrt(variance + epsilon) * gamma + beta


def softmax(values: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)
