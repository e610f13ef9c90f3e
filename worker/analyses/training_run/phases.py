"""The learner of a phase, put together from what the run is asked with."""

from shared.analyses.training_run.spec import TrainingRun
from worker.analyses.training_run.bases import last_block, layers_from
from worker.analyses.training_run.data import Material
from worker.analyses.training_run.loop import Learner, make_optimizer
from worker.analyses.training_run.network import Trainee
from worker.analyses.training_run.schedule import Phase
from worker.pictures.augmentation import augmentation_layers


def sees_features(spec: TrainingRun, phase: Phase) -> bool:
    """Whether a phase learns from features that are computed once: the base is frozen, and nothing changes pictures."""
    return phase.name == "head" or spec.strategy == "feature_extraction"


def first_unfrozen(spec: TrainingRun, trainee: Trainee) -> str:
    """Path of the first layer of the base that fine-tuning changes; "" for other strategies.

    Raises:
        UnknownLayer: there is no such layer, or nothing from it on can learn.
    """
    if spec.strategy != "fine_tuning" or trainee.base is None:
        return ""
    path = spec.unfreeze_from or last_block(trainee.base)
    layers_from(trainee.base, path)
    return path


def learner_of(phase: Phase, material: Material, trainee: Trainee, unfreeze_from: str) -> Learner:
    """A fresh learner: which weights it moves, how fast, on what.

    Args:
        phase: of the run.
        material: the data set, and what is asked for.
        trainee: the network.
        unfreeze_from: see first_unfrozen().
    """
    spec, features = material.spec, sees_features(material.spec, phase)
    trainee.compute_in(spec.precision)
    unfrozen = []
    if phase.name == "fine_tuning" and trainee.base is not None:
        unfrozen = layers_from(trainee.base, unfreeze_from)
    settings = None if features else spec.augmentation
    return Learner(
        trainee, unfrozen, make_optimizer(spec.optimizer, phase.rate, spec.precision), from_features=features,
        augmentation=augmentation_layers(settings, spec.seed) if settings else None,
        class_weights=material.class_weights(),
    )  # fmt: skip


def judge_of(material: Material, trainee: Trainee) -> Learner:
    """One that only looks, at pictures: what learnt from features cannot."""
    trainee.compute_in(material.spec.precision)
    return Learner(trainee, (), make_optimizer("sgd", 0.0, "float32"))
