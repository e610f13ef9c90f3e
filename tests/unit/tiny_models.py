"""Networks of a few filters with weights written by hand, for arithmetic that fits on a page."""

from typing import Any

import keras
import numpy as np

layers = keras.layers


def loaded(network: keras.Model, preprocess: str = "0..1", title: str = "tiny") -> Any:
    """A network as the worker's cache hands it out."""
    from shared.model_registry import ModelCard
    from worker.models import LoadedModel

    return LoadedModel(network, ModelCard(file="sha256:" + "0" * 64), preprocess, "file", title)  # type: ignore[arg-type]


def colour_filters(size: int | None = 8) -> keras.Model:
    """1×1 filters: channel 0 is red − green, channel 1 green − red, channel 2 blue, channel 3 always below zero."""
    inputs = keras.Input((size, size, 3), name="picture")
    conv = layers.Conv2D(4, 1, activation="relu", name="colours")
    network = keras.Model(inputs, conv(inputs), name="colour_filters")
    kernel = np.array([[1, -1, 0, 0], [-1, 1, 0, 0], [0, 0, 1, 0]], np.float32).reshape(1, 1, 3, 4)
    conv.set_weights([kernel, np.array([0, 0, 0, -5], np.float32)])
    return network


def edge_filters(channels: int = 1) -> keras.Model:
    """3×3 filters on a grey picture: channel 0 rises to the right, channel 1 rises downwards; no activation."""
    inputs = keras.Input((None, None, channels))
    conv = layers.Conv2D(2, 3, padding="same", name="edges")
    network = keras.Model(inputs, conv(inputs), name="edge_filters")
    right = np.array([[-1, 0, 1]] * 3, np.float32)
    kernel = np.stack([right, right.T], -1)[:, :, None, :].repeat(channels, axis=2)
    conv.set_weights([kernel, np.zeros(2, np.float32)])
    return network


def random_convnet(size: int = 16, channels: int = 3, seed: int = 3) -> keras.Model:
    """Two convolutions, pooling, a Flatten that fixes the input's size, and a head of three classes."""
    keras.utils.set_random_seed(seed)
    alive = keras.initializers.Constant(1.5)  # so that no ReLU is shut at the start
    return keras.Sequential(
        [
            keras.Input((size, size, channels)),
            layers.Conv2D(6, 3, activation="relu", padding="same", bias_initializer=alive, name="first"),
            layers.MaxPooling2D(name="pool"),
            layers.Conv2D(8, 3, activation="relu", name="second"),
            layers.Flatten(name="flatten"),
            layers.Dense(3, name="classes"),
        ],
        name="random_convnet",
    )


def nested() -> keras.Model:
    """Sequential in Functional in Sequential, with preprocessing in front: what breaks other tools."""
    keras.utils.set_random_seed(4)
    inner_in = keras.Input((None, None, 3))
    x = layers.Conv2D(5, 3, padding="same", activation="relu", name="deep")(inner_in)
    inner = keras.Model(inner_in, layers.Conv2D(4, 3, strides=2, padding="same", name="deeper")(x), name="backbone")
    trunk = keras.Sequential(
        [keras.Input((12, 12, 3)), inner, layers.GlobalAveragePooling2D(name="mean")], name="trunk"
    )
    return keras.Sequential(
        [keras.Input((12, 12, 3)), layers.Rescaling(1 / 127.5, -1, name="scale"), trunk, layers.Dense(1, name="head")],
        name="whole",
    )


def shared_backbone() -> keras.Model:
    """One backbone that two branches of the same picture share."""
    keras.utils.set_random_seed(5)
    backbone = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(3, 3, name="seen_twice")], name="backbone")
    picture = keras.Input((8, 8, 3))
    mirrored = layers.Lambda(lambda x: x[:, :, ::-1], name="mirror")(picture)
    return keras.Model(picture, layers.Add(name="both")([backbone(picture), backbone(mirrored)]), name="siamese")
