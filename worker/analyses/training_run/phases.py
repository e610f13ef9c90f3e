"""The training loop of a phase, put together from what the run is asked with."""

from shared.analyses.training_run.spec import TrainingRun
from worker.analyses.training_run.bases import last_block, layers_from
from worker.analyses.training_run.data import TrainingData
from worker.analyses.training_run.loop import TrainingLoop, make_optimizer
from worker.analyses.training_run.network import TrainableNetwork
from worker.analyses.training_run.schedule import Phase
from worker.pictures.augmentation import augmentation_layers


def sees_features(spec: TrainingRun, phase: Phase) -> bool:
    """Whether a phase learns from features that are computed once: the base is frozen, and nothing changes pictures."""
    return phase.name == "head" or spec.strategy == "feature_extraction"


def first_unfrozen(spec: TrainingRun, trainable: TrainableNetwork) -> str:
    """Path of the first layer of the base that fine-tuning changes; "" for other strategies.

    Raises:
        UnknownLayer: there is no such layer, or nothing from it on can learn.
    """
    if spec.strategy != "fine_tuning" or trainable.base is None:
        return ""
    path = spec.unfreeze_from or last_block(trainable.base)
    layers_from(trainable.base, path)
    return path


def training_loop_of(phase: Phase, data: TrainingData, trainable: TrainableNetwork, unfreeze_from: str) -> TrainingLoop:
    """A fresh training loop: which weights it moves, how fast, on what.

    Args:
        phase: of the run.
        data: the data set, and what is asked for.
        trainable: the network.
        unfreeze_from: see first_unfrozen().
    """
    spec, features = data.spec, sees_features(data.spec, phase)
    trainable.compute_in(spec.precision)
    unfrozen = []
    if phase.name == "fine_tuning" and trainable.base is not None:
        unfrozen = layers_from(trainable.base, unfreeze_from)
    settings = None if features else spec.augmentation
    return TrainingLoop(
        trainable, unfrozen, make_optimizer(spec.optimizer, phase.rate, spec.precision), from_features=features,
        augmentation=augmentation_layers(settings, spec.seed) if settings else None,
        class_weights=data.class_weights(),
    )  # fmt: skip


def judge_of(data: TrainingData, trainable: TrainableNetwork) -> TrainingLoop:
    """One that only looks, at pictures: what learnt from features cannot."""
    trainable.compute_in(data.spec.precision)
    return TrainingLoop(trainable, (), make_optimizer("sgd", 0.0, "float32"))
