"""The strategies of a training run, the book's ladder, and what each one does unless asked otherwise."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from shared.analyses.augmentation import Augmentation

Strategy = Literal["dense", "scratch", "augmented", "feature_extraction", "feature_extraction_augmented", "fine_tuning"]
Optimizer = Literal["rmsprop", "adam", "sgd"]
Decay = Literal["none", "cosine"]
DEFAULT_STRATEGY: Strategy = "scratch"
# Strategies that build a network of their own from convolutions; those that build on a base.
CONVOLUTIONAL = ("scratch", "augmented")
WITH_BASE = ("feature_extraction", "feature_extraction_augmented", "fine_tuning")
WITH_AUGMENTATION = ("augmented", "feature_extraction_augmented", "fine_tuning")


@dataclass(frozen=True)
class StrategyDefaults:
    """What a strategy does unless asked otherwise; field by field as TrainingRun names them."""

    epochs: int
    optimizer: Optimizer
    learning_rate: float
    batch: int
    hidden: int
    dropout: float
    fine_tune_epochs: int = 0
    fine_tune_rate: float = 1e-5
    decay: Decay = "none"


STRATEGY_DEFAULTS: dict[str, StrategyDefaults] = {
    "dense": StrategyDefaults(12, "rmsprop", 1e-3, 128, 512, 0.0),
    # On photographs of 150 pixels 1e-3 stays at chance for three epochs; 3e-4 does not, and reaches more.
    "scratch": StrategyDefaults(30, "rmsprop", 3e-4, 32, 0, 0.0),
    # At a constant rate the validation accuracy of such long runs jumps by ten points from epoch to epoch.
    "augmented": StrategyDefaults(60, "rmsprop", 3e-4, 32, 0, 0.5, decay="cosine"),
    "feature_extraction": StrategyDefaults(20, "rmsprop", 1e-3, 32, 0, 0.5),
    "feature_extraction_augmented": StrategyDefaults(10, "rmsprop", 1e-3, 32, 0, 0.5),
    "fine_tuning": StrategyDefaults(20, "rmsprop", 1e-3, 32, 0, 0.5, 10),
}


def strategy_defaults(name: object) -> StrategyDefaults:
    """The defaults of a strategy; of the default one where the name is none."""
    return STRATEGY_DEFAULTS.get(str(name), STRATEGY_DEFAULTS[DEFAULT_STRATEGY])


def usual_values(name: object) -> dict[str, Any]:
    """The same as fields of a spec, the augmentation among them: the book's where the strategy has one, else None."""
    return asdict(strategy_defaults(name)) | {"augmentation": Augmentation() if name in WITH_AUGMENTATION else None}
