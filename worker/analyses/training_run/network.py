"""What learns: a network in two halves, a base that is looked through and a head that is trained on what it sees."""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from shared.analyses.training_run.spec import TrainingRun
from worker.analyses.training_run.architectures import dense_head, ending, new_network
from worker.analyses.training_run.bases import copied_base
from worker.networks.models import LoadedModel
from worker.networks.precision import set_precision

LAST = ("logits", "probabilities")


@dataclass(frozen=True)
class TrainableNetwork:
    """A network to be trained.

    Attributes:
        network: all of it, from pictures as `preprocess` gives them to probabilities; what is saved.
        head: from what the front gives (or from the picture, without a front) to logits.
        front: the base with its pooling; None for networks without a base. It always runs as in use, never as in
            training: its batch normalization keeps its statistics, frozen or not, its dropout is off.
        base: the base alone, up to its feature maps; None without one.
        preprocess: how pictures in [0, 1] go in.
    """

    network: keras.Model
    head: keras.Model
    front: keras.Model | None
    base: keras.Model | None
    preprocess: str

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of its pictures."""
        _, height, width, _ = self.network.inputs[0].shape
        return int(height), int(width)

    @property
    def channels(self) -> int:
        """Of its pictures."""
        return int(self.network.inputs[0].shape[-1])

    def compute_in(self, precision: str) -> None:
        """Have every layer but the last two compute in a format from the next trace on; weights stay float32."""
        set_precision(self.network, precision)
        for name in LAST:
            self.network.get_layer(name).dtype_policy = keras.dtype_policies.get("float32")

    def save(self, path: Path, precision: str) -> None:
        """Write the network to a .keras file, as a float32 one whatever it computes in: its layers' formats go along.

        Args:
            path: ends in .keras.
            precision: what its layers are given back.
        """
        self.compute_in("float32")
        self.network.save(path)
        self.compute_in(precision)


def make_trainable_network(
    spec: TrainingRun, classes: int, size: int, channels: int, base: LoadedModel | None
) -> TrainableNetwork:
    """A fresh network; the same one for the same seed.

    Args:
        spec: what is asked for.
        classes: how many it tells apart.
        size: height and width of its pictures.
        channels: of its pictures.
        base: the model whose base it gets; nothing of it is changed.

    Raises:
        InvalidSpec: the base takes no pictures of this size, or has no feature maps.
    """
    keras.utils.set_random_seed(spec.seed)
    if base is None:
        network = new_network(spec, (size, size, channels), classes)
        head = keras.Model(network.input, network.get_layer("logits").output)
        return TrainableNetwork(network, head, None, None, "0..1")
    copied = copied_base(base, size, channels)
    seen = _pooled(copied.output, spec.pooling)
    network = keras.Model(
        copied.input, ending(dense_head(seen, spec.hidden, spec.dropout), classes), name=spec.strategy
    )
    head = keras.Model(seen, network.get_layer("logits").output)
    return TrainableNetwork(network, head, keras.Model(copied.input, seen), copied, base.preprocess)


def _pooled(maps: keras.KerasTensor, how: str) -> keras.KerasTensor:
    layer = keras.layers.GlobalAveragePooling2D if how == "average" else keras.layers.Flatten
    return layer(name="head_pooling")(maps)


def values_of(variables: list[keras.Variable]) -> list[np.ndarray]:
    """Copies of variables' values, in this order."""
    return [np.array(variable) for variable in variables]


def set_values(variables: list[keras.Variable], values: list[np.ndarray]) -> None:
    """Give variables their values back."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
