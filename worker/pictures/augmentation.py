"""The Keras layers that change training pictures at random, the same for the preview and for training."""

import keras
import numpy as np

from shared.analyses.augmentation import Augmentation

# Copies are drawn so many at a time, so that the first five of fifteen are the five that somebody saw before.
DRAWN_TOGETHER = 16


def augmentation_layers(settings: Augmentation, seed: int = 0) -> keras.Sequential:
    """Layers for pictures, float32 (batch, height, width, channel) in [0, 1]; called with `training=True`.

    A change whose setting is 0 has no layer, so without any the pictures come back bit for bit. Every picture draws
    its own numbers. The layers are Keras's own: a network that holds them can be saved and loaded anywhere.

    Args:
        settings: what may change, and by how much.
        seed: of the random numbers; the same seed gives the same ones, call after call in the same order.
    """
    found = [*_turning(settings, seed), *_colouring(settings, seed + 10)]
    return keras.Sequential(found or [keras.layers.Identity()], name="augmentation")


def _turning(settings: Augmentation, seed: int) -> list[keras.layers.Layer]:
    layers = keras.layers
    fill = {"fill_mode": settings.fill, "fill_value": 0.0, "interpolation": "bilinear"}
    flips = {(True, True): "horizontal_and_vertical", (True, False): "horizontal", (False, True): "vertical"}
    found: list[keras.layers.Layer] = []
    if flip := flips.get((settings.horizontal_flip, settings.vertical_flip)):
        found.append(layers.RandomFlip(flip, seed=seed))
    if settings.rotation:
        found.append(layers.RandomRotation(settings.rotation / 360.0, seed=seed + 1, **fill))
    if settings.width_shift or settings.height_shift:
        found.append(layers.RandomTranslation(settings.height_shift, settings.width_shift, seed=seed + 2, **fill))
    if settings.shear:
        # Either way all the same: the layer draws a sign. Given one number, it could be saved but never loaded.
        found.append(layers.RandomShear((0.0, settings.shear), (0.0, 0.0), seed=seed + 3, **fill))
    if settings.zoom:
        found.append(layers.RandomZoom(settings.zoom, settings.zoom, seed=seed + 4, **fill))
    return found


def _colouring(settings: Augmentation, seed: int) -> list[keras.layers.Layer]:
    found: list[keras.layers.Layer] = []
    if settings.brightness:
        found.append(keras.layers.RandomBrightness(settings.brightness, value_range=(0, 1), seed=seed))
    if settings.contrast:
        # One number would stand for 0 to itself, that is for more contrast only.
        both = (settings.contrast, settings.contrast)
        found.append(keras.layers.RandomContrast(both, value_range=(0, 1), seed=seed + 1))
    return found


def augmented_copies(picture: np.ndarray, settings: Augmentation, copies: int, seed: int) -> np.ndarray:
    """Many changed copies of one picture.

    Args:
        picture: float32 (height, width, channel) in [0, 1].
        settings: what may change.
        copies: how many.
        seed: of the random numbers.

    Returns:
        float32 (copy, height, width, channel) in [0, 1]; the first ones are the same however many are asked for.
    """
    layers = augmentation_layers(settings, seed)
    together = np.repeat(picture[None], DRAWN_TOGETHER, axis=0)
    batches = [np.asarray(layers(together, training=True)) for _ in range(-(-copies // DRAWN_TOGETHER))]
    return np.concatenate(batches)[:copies]
