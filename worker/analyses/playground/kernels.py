"""The kernels of a playground's convolutions: random, named, typed, or lent by a model."""

import math

import keras
import numpy as np

from shared.analyses.playground.stages import Convolution
from shared.errors import InvalidSpec, UnknownLayer, message
from worker.networks.capture import walk
from worker.networks.models import LoadedModel

# Correlation, as in every network: the kernel is not turned around before it slides.
FIXED = {
    "sharpen": ((0, -1, 0), (-1, 5, -1), (0, -1, 0)),
    "sobel_x": ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)),
    "sobel_y": ((-1, -2, -1), (0, 0, 0), (1, 2, 1)),
    "laplacian": ((0, 1, 0), (1, -4, 1), (0, 1, 0)),
    "emboss": ((-2, -1, 0), (-1, 1, 1), (0, 1, 2)),
}


def stage_kernel(stage: Convolution, channels: int, model: LoadedModel | None = None) -> np.ndarray:
    """The kernel of a convolution.

    Args:
        stage: which; of its size unless a model lends it.
        channels: of its input.
        model: the lender, for `weights="model"`.

    Returns:
        float32 (kernel, kernel, channels, filters).

    Raises:
        UnknownLayer, InvalidSpec: the lender has no convolution, too few filters, or filters of another depth.
    """
    if stage.weights == "random":
        return random_kernel(stage.kernel, channels, stage.filters, stage.seed)
    if stage.weights == "model":
        if model is None:
            raise ValueError("a borrowed kernel needs its model")
        return borrowed_kernel(model, channels, stage.filters, turned=not stage.preprocess)
    if stage.weights == "gabor":
        angles = [math.pi * i / stage.filters for i in range(stage.filters)]
        bank = np.stack([gabor(stage.kernel, angle) for angle in angles], axis=-1)[:, :, None]
        return np.repeat(bank / channels, channels, axis=2).astype(np.float32)
    return spread(named_grid(stage), channels, stage.filters)


def random_kernel(size: int, channels: int, filters: int, seed: int) -> np.ndarray:
    """Keras's own start (Glorot, uniform), from NumPy's generator: equal on every machine."""
    limit = math.sqrt(6 / (size * size * (channels + filters)))
    random = np.random.default_rng(seed)
    return random.uniform(-limit, limit, (size, size, channels, filters)).astype(np.float32)


def named_grid(stage: Convolution) -> np.ndarray:
    """One grid of numbers, (kernel, kernel)."""
    size = stage.kernel
    if stage.weights == "typed":
        return np.array(stage.grid, np.float32)
    if stage.weights in FIXED:
        return np.array(FIXED[stage.weights], np.float32)
    if stage.weights == "identity":
        grid = np.zeros((size, size), np.float32)
        grid[(size - 1) // 2, (size - 1) // 2] = 1
        return grid
    if stage.weights == "box_blur":
        return np.full((size, size), 1 / size**2, np.float32)
    bell = np.exp(-(_offsets(size) ** 2) / (2 * max(size / 5, 1e-6) ** 2))
    return (np.outer(bell, bell) / np.outer(bell, bell).sum()).astype(np.float32)


def spread(grid: np.ndarray, channels: int, filters: int) -> np.ndarray:
    """A grid laid on the mean of all channels by a single filter, on one channel each, in turn, by several."""
    kernel = np.zeros((*grid.shape, channels, filters), np.float32)
    if filters == 1:
        kernel[..., 0] = grid[..., None] / channels
    else:
        for i in range(filters):
            kernel[..., i % channels, i] = grid
    return kernel


def gabor(size: int, angle: float) -> np.ndarray:
    """A wave of two thirds of the kernel's length under a bell, its mean taken away so that flat colour gives 0.

    Args:
        size: height and width.
        angle: in radians; 0 answers to upright edges.

    Returns:
        float32 (size, size); absolute values sum to 1 where the kernel has more than one number.
    """
    y, x = np.meshgrid(_offsets(size), _offsets(size), indexing="ij")
    along = x * math.cos(angle) + y * math.sin(angle)
    bell = np.exp(-(x**2 + y**2) / (2 * max(size / 4, 1e-6) ** 2))
    wave = bell * np.cos(2 * math.pi * along / max(2 * size / 3, 1))
    wave -= bell * wave.sum() / bell.sum()
    return (wave / max(float(np.abs(wave).sum()), 1e-9)).astype(np.float32)


def _offsets(size: int) -> np.ndarray:
    return np.arange(size) - (size - 1) / 2


def borrowed_kernel(model: LoadedModel, channels: int, filters: int, turned: bool = True) -> np.ndarray:
    """The first filters of a model's first convolution, for a picture in RGB or grey.

    For a grey picture the channels are added up, which is what the network would do with three equal ones.

    Args:
        model: the lender.
        channels: of what the filters are laid on.
        filters: how many.
        turned: whether a network that was trained on BGR gets its input channels turned around, so that red meets
            red; not where the picture is preprocessed as the network's own, which turns the picture instead.
    """
    layer = _first_convolution(model)
    kernel = np.asarray(layer.kernel, np.float32)
    if filters > kernel.shape[-1]:
        raise InvalidSpec(message(f"at most {kernel.shape[-1]} filters, as many as {model.title}'s {layer.name} has",
                                  filters, "Choose fewer filters."))  # fmt: skip
    kernel = kernel[:, :, ::-1] if model.sees_bgr and turned else kernel
    if channels == 1:
        kernel = kernel.sum(axis=2, keepdims=True)
    if kernel.shape[2] != channels:
        raise InvalidSpec(
            message(f"an input of {kernel.shape[2]} channels, as {model.title}'s {layer.name} has", channels,
                    "Borrow filters in the first stage, or choose another model.")
        )  # fmt: skip
    return np.ascontiguousarray(kernel[..., :filters])


def borrowed_bias(model: LoadedModel, filters: int) -> np.ndarray:
    """The biases of the same filters, float32 (filters); zeros where the layer has none."""
    bias = _first_convolution(model).bias
    return np.zeros(filters, np.float32) if bias is None else np.asarray(bias, np.float32)[:filters]


def _first_convolution(model: LoadedModel) -> keras.layers.Conv2D:
    layer = next((one for _, one in walk(model.network) if isinstance(one, keras.layers.Conv2D)), None)
    if layer is None:
        raise UnknownLayer(message("a model with a convolution", model.title, "Choose another model."))
    return layer
