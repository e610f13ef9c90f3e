"""Tiny classifiers whose heat maps can be worked out by hand, and one call that explains them."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image

from shared.job_specs.attribution import Attribution
from shared.results import Part
from tests.unit import tiny_models
from tests.unit.worker_context import context
from worker.analyses.attribution import attribution
from worker.models import LoadedModel

layers = keras.layers
SIZE = 8


def two_channels(weights: list[list[float]], activation: str | None = None, bias: float = 0.0) -> keras.Model:
    """Channel 0 is red − 0.5, channel 1 green − 0.5, signed; a class's logit is a weighted sum of their means.

    Args:
        weights: a row a channel, a column a class.
        activation: of the head.
        bias: of the last class.
    """
    picture = keras.Input((SIZE, SIZE, 3))
    conv = layers.Conv2D(2, 1, name="channels")
    head = layers.Dense(len(weights[0]), activation, name="head")
    network = keras.Model(picture, head(layers.GlobalAveragePooling2D()(conv(picture))))
    conv.set_weights([np.array([[1, 0], [0, 1], [0, 0]], np.float32).reshape(1, 1, 3, 2), np.float32([-0.5, -0.5])])
    head.set_weights([np.array(weights, np.float32), np.float32([0] * (len(weights[0]) - 1) + [bias])])
    return network


def photograph(folder: Path, seed: int = 0, size: int = SIZE) -> np.ndarray:
    """Random colours, uint8 (size, size, 3); the folder's library knows them as "noise"."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "noise.png")
    context(folder).images.add((folder / "noise.png").read_bytes(), "noise")
    return pixels


def explained(folder: Path, network: keras.Model | LoadedModel, **fields: Any) -> list[Part]:
    """Parts of a run on "noise", or on other pictures that the fields name."""
    known = network if isinstance(network, LoadedModel) else tiny_models.loaded(network)
    pictures = {} if "images" in fields else {"image": "noise"}
    spec = Attribution(**{"model": "tiny", **pictures, **fields})
    items = attribution(spec, context(folder, fields.pop("finished", frozenset()), tiny=known))
    return [item for item in items if isinstance(item, Part)]


def one_map(folder: Path, network: keras.Model | LoadedModel, method: str, number: int, **fields: Any) -> Part:
    """The part of one method and class."""
    return explained(folder, network, methods=method, classes=[number], **fields)[1]
