"""Names of a network's classes: whether those on its card fit it, and whether it is known to be ImageNet's."""

from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from shared.imagenet import COUNT
from shared.library import ModelCard
from shared.settings import keras_home
from shared.uploads.labels import ClassNames
from shared.uploads.labels.counts import of_outputs


def check_labels(card: ModelCard, network: keras.Model) -> None:
    """Compare names with outputs again, where a file alone did not tell how many there are.

    Raises:
        RefusedUpload: as many names as outputs were expected.
    """
    if len(network.outputs) == 1:
        counts = {"": network.outputs[0].shape[-1]}
    elif card.output_labels:
        named = network.output if isinstance(network.output, dict) else dict(
            zip(network.output_names, network.outputs, strict=True)
        )  # fmt: skip
        counts = {str(name): output.shape[-1] for name, output in named.items()}
    else:
        return
    of_outputs(ClassNames(card.labels, card.output_labels), counts, network.name)


def has_published_head(network: keras.Model) -> bool:
    """Whether a network of 1,000 outputs ends in a head of keras.applications' ImageNet weights, bit for bit.

    They are compared with the weights that Keras has downloaded to this machine; without these nothing is known, and a
    thousand outputs alone say nothing.
    """
    if len(network.outputs) != 1 or network.outputs[0].shape[-1] != COUNT:
        return False
    own = [np.asarray(weight) for weight in network.weights if tuple(weight.shape) == (COUNT,)]
    files = sorted((keras_home() / "models").glob("*.h5"))
    return bool(own and own[-1].any()) and any(_holds(path, own[-1]) for path in files)


def _holds(path: Path, bias: np.ndarray) -> bool:
    """Whether a file of weights has an array of these values."""

    def same(_: str, item: Any) -> bool | None:
        there = isinstance(item, h5py.Dataset) and item.shape == bias.shape and item.dtype == bias.dtype
        return True if there and np.array_equal(item[()], bias) else None

    try:
        with h5py.File(path, "r") as file:
            return bool(file.visititems(same))
    except OSError:
        return False
