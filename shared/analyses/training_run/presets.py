"""The book's own settings for each strategy, as fields of a TrainingRun.

F. Chollet, "Deep Learning with Python", 2017.
"""

from dataclasses import dataclass, field
from typing import Any

from shared.analyses.training_run.spec import Strategy, TrainingRun

STRATEGY_TITLES: dict[Strategy, str] = {
    "dense": "Dense layers only",
    "scratch": "Convnet from scratch",
    "augmented": "Convnet with augmentation",
    "feature_extraction": "Feature extraction",
    "feature_extraction_augmented": "Feature extraction with augmentation",
    "fine_tuning": "Fine-tuning",
}
# What a preset leaves to whoever trains.
OPEN = ("dataset", "images", "watch", "seed", "precision")


@dataclass(frozen=True)
class TrainingPreset:
    """Published settings.

    Attributes:
        title: for people.
        source: section of the book.
        fields: of a TrainingRun, without its data set; the optimizer is RMSprop, and its rate stays.
    """

    title: str
    source: str
    fields: dict[str, Any] = field(default_factory=dict)

    def spec(self, dataset: str = "builtin/digits") -> TrainingRun:
        """The request that the preset stands for."""
        return TrainingRun.model_validate({"dataset": dataset, "optimizer": "rmsprop", "decay": "none", **self.fields})


_VGG = {"model": "keras/vgg16/imagenet", "size": 150, "batch": 20, "learning_rate": 2e-5, "hidden": 256,
        "pooling": "flatten"}  # fmt: skip
TRAINING_PRESETS: dict[str, TrainingPreset] = {
    "mnist_dense": TrainingPreset(
        "MNIST, dense", "2.1",
        {"strategy": "dense", "size": 28, "epochs": 5, "batch": 128, "learning_rate": 1e-3, "hidden": 512,
         "dropout": 0.0},
    ),
    "mnist_convnet": TrainingPreset(
        "MNIST, convnet", "5.1",
        {"strategy": "scratch", "size": 28, "epochs": 5, "batch": 64, "learning_rate": 1e-3, "dropout": 0.0},
    ),
    "cats_dogs_scratch": TrainingPreset(
        "Cats and dogs, from scratch", "5.2",
        {"strategy": "scratch", "size": 150, "epochs": 30, "batch": 20, "learning_rate": 1e-4, "dropout": 0.0},
    ),
    "cats_dogs_augmented": TrainingPreset(
        "Cats and dogs, augmented", "5.2.5",
        {"strategy": "augmented", "size": 150, "epochs": 100, "batch": 32, "learning_rate": 1e-4, "dropout": 0.5},
    ),
    "vgg_features": TrainingPreset(
        "VGG16's features", "5.3.1", {**_VGG, "strategy": "feature_extraction", "epochs": 30, "dropout": 0.5}
    ),
    "vgg_features_augmented": TrainingPreset(
        "VGG16 frozen, augmented", "5.3.1",
        {**_VGG, "strategy": "feature_extraction_augmented", "epochs": 30, "dropout": 0.0},
    ),
    "vgg_fine_tuning": TrainingPreset(
        "VGG16, fine-tuned from block 5", "5.3.2",
        {**_VGG, "strategy": "fine_tuning", "epochs": 30, "dropout": 0.0, "fine_tune_epochs": 100,
         "fine_tune_rate": 1e-5, "unfreeze_from": "block5_conv1"},
    ),
}  # fmt: skip


def preset_of(spec: TrainingRun) -> str:
    """Name of the preset whose settings a request has; "" for none."""
    settings = spec.model_dump(exclude=set(OPEN))
    return next((n for n, p in TRAINING_PRESETS.items() if p.spec().model_dump(exclude=set(OPEN)) == settings), "")
