"""The figures of the readings, one preset each: E. Reppel's cats, and how a convolution layer works."""

from dataclasses import dataclass, field
from typing import Any

CAT, SMALL = (320, 400), (32, 32)


@dataclass(frozen=True)
class Preset:
    """A picture size and a stack of stages.

    Attributes:
        title: for people.
        stages: as `Playground` takes them.
        size: (height, width) of the picture.
    """

    title: str
    stages: tuple[dict[str, Any], ...]
    size: tuple[int, int] = field(default=CAT)

    def fields(self) -> dict[str, Any]:
        """Fields of the spec."""
        return {"size": self.size, "stages": [dict(stage) for stage in self.stages]}


def _filters(count: int, kernel: int, seed: int = 0) -> dict[str, Any]:
    return {"type": "convolution", "filters": count, "kernel": kernel, "seed": seed}


def _pool(size: int, how: str = "max") -> dict[str, Any]:
    return {"type": "pooling", "how": how, "size": size}


def _lenet(first: int, second: int) -> tuple[dict[str, Any], ...]:
    return (_filters(first, 5), RELU, _pool(2), _filters(second, 5, seed=1), RELU, _pool(2))


RELU = {"type": "activation", "function": "relu"}
_IDENTITY = {"type": "convolution", "filters": 3, "kernel": 1, "weights": "identity"}

PRESETS: dict[str, Preset] = {
    "cat": Preset("The cat at 320 × 400, as it is", (_IDENTITY,)),
    "three_3x3": Preset("3 filters of 3 × 3", (_filters(3, 3),)),
    "three_10x10": Preset("3 filters of 10 × 10", (_filters(3, 10),)),
    "three_15x15": Preset("3 filters of 15 × 15", (_filters(3, 15),)),
    "one_3x3": Preset("One filter of 3 × 3", (_filters(1, 3),)),
    "one_15x15": Preset("One filter of 15 × 15", (_filters(1, 15),)),
    "relu": Preset("One filter, then ReLU", (_filters(1, 3), RELU)),
    "max_pool_2x2": Preset("One filter, then max pooling 2 × 2", (_filters(1, 3), _pool(2))),
    "max_pool_5x5": Preset("One filter, then max pooling 5 × 5", (_filters(1, 3), _pool(5))),
    "average_pool_5x5": Preset("One filter, then average pooling 5 × 5", (_filters(1, 3), _pool(5, "average"))),
    "relu_max_pool": Preset("One filter, ReLU, then max pooling", (_filters(1, 3), RELU, _pool(5))),
    "lenet_1_1": Preset("LeNet with 1 and 1 filters", _lenet(1, 1)),
    "lenet_3_1": Preset("LeNet with 3 and 1 filters", _lenet(3, 1)),
    "lenet_3_3": Preset("LeNet with 3 and 3 filters", _lenet(3, 3)),
    "layer_one": Preset("A 5×5×3 filter over 32×32×3: 28×28×1", (_filters(1, 5),), SMALL),
    "layer_six": Preset("Six of them: 28×28×6", (_filters(6, 5),), SMALL),
    "layer_next": Preset("The next layer's filters: 5×5×6", (_filters(6, 5), RELU, _filters(10, 5, seed=1)), SMALL),
}
