"""Networks that answer by a picture's mean colour, and data sets of flat colours that they get wrong on purpose."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from shared.dataset_registry import DatasetRegistry
from shared.datasets.splits import Shares
from tests.unit.small_datasets import encoded, write_zip

layers = keras.layers
COLOURS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1)}
SIDE = 8


def by_colour(answers: Sequence[str] = tuple(COLOURS), scale: float = 10.0, ending: str = "softmax") -> keras.Model:
    """The logit of each answer is `scale` times the mean of its colour; other answers have a logit of -scale."""
    inputs = keras.Input((SIDE, SIDE, 3))
    head = layers.Dense(len(answers), activation=ending, name="head")
    network = keras.Model(inputs, head(layers.GlobalAveragePooling2D()(inputs)), name="by_colour")
    kernel = np.array([COLOURS.get(answer, (0, 0, 0)) for answer in answers], np.float32).T * scale
    head.set_weights([kernel, np.array([0 if a in COLOURS else -scale for a in answers], np.float32)])
    return network


def is_red(scale: float = 10.0) -> keras.Model:
    """One sigmoid unit: positive where there is more red than green."""
    inputs = keras.Input((SIDE, SIDE, 3))
    head = layers.Dense(1, activation="sigmoid", name="head")
    network = keras.Model(inputs, head(layers.GlobalAveragePooling2D()(inputs)), name="is_red")
    head.set_weights([np.array([[scale], [-scale], [0]], np.float32), np.zeros(1, np.float32)])
    return network


def colour_set(
    datasets: DatasetRegistry, folder: Path, pictures: Mapping[str, Sequence[str]], split: str = "test",
    name: str = "colours",
) -> str:  # fmt: skip
    """A data set of flat pictures, each a little darker than the one before.

    Args:
        datasets: where it is kept.
        folder: for its zip.
        pictures: class to the colour of each of its pictures.
        split: which all pictures are in; one more red picture a class is in "train".
        name: of the data set.

    Returns:
        Its reference.
    """
    files: dict[str, bytes] = {}
    for label, colours in pictures.items():
        files[f"train/{label}/0.png"] = _flat("red", 250 - len(files))
        for number, colour in enumerate(colours):
            files[f"{split}/{label}/{number}.png"] = _flat(colour, 250 - len(files))
    return datasets.keep(datasets.check(write_zip(folder / f"{name}.zip", files)), name, Shares(0, 0))


def _flat(colour: str, level: int) -> bytes:
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    pixels[...] = np.array(COLOURS[colour]) * level
    return encoded(pixels)


def probability(colour: str, answers: Sequence[str], level: int, scale: float = 10.0) -> dict[str, float]:
    """What by_colour() says of a flat picture, worked out by hand."""
    logits = {a: scale * level / 255 if a == colour else (0.0 if a in COLOURS else -scale) for a in answers}
    total = sum(np.exp(v) for v in logits.values())
    return {a: float(np.exp(v) / total) for a, v in logits.items()}


def parts_of(items: Sequence[Any]) -> list[Any]:
    """The parts among what an analysis yielded."""
    from shared.results import Part

    return [item for item in items if isinstance(item, Part)]
