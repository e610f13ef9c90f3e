"""The training loop of a phase, put together from what the run is asked with."""

import time
from collections.abc import Generator
from typing import Any

import numpy as np

from shared.analyses.training_run.spec import TrainingRun
from shared.results import Progress
from worker.analyses.training_run.bases import last_block, layers_from
from worker.analyses.training_run.data import TrainingData
from worker.analyses.training_run.feeds import Feed, feature_feed
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


class PhaseData:
    """The feeds of one phase.

    Args:
        data: the data set.
        trainable: whose front sees the features.
    """

    def __init__(self, data: TrainingData, trainable: TrainableNetwork) -> None:
        self._data, self._trainable = data, trainable
        self._train: Feed = data.train
        self._rows = data.rows
        self._validation: Feed | None = data.validation
        self.seconds = 0.0

    def compute_features(self) -> Generator[Progress, None, None]:
        """Compute all features by the frozen base, once; from then on they are shown instead of the pictures."""
        data, begun = self._data, time.perf_counter()
        stage, memory = "computing the base's features of the pictures", data.memory // 2
        batch = data.spec.batch
        self._train = yield from feature_feed(self._trainable, data.train, data.rows, batch, memory, stage)
        self._rows = np.arange(len(data.rows))
        if (feed := data.validation) is not None:
            every = np.arange(feed.pictures)
            stage = "computing the base's features of the validation pictures"
            self._validation = yield from feature_feed(self._trainable, feed, every, batch, memory, stage)
        self.seconds = round(time.perf_counter() - begun, 3)

    @property
    def training_count(self) -> int:
        """Pictures that an epoch learns from."""
        return len(self._rows)

    @property
    def validation_count(self) -> int:
        """Pictures that an epoch is judged by."""
        return 0 if self._validation is None else len(self._validation.labels)

    def to_learn(self, epoch: int) -> Any:
        """Batches in the order of an epoch, which seed and epoch alone decide."""
        order = np.random.default_rng((self._data.spec.seed, epoch)).permutation(self.training_count)
        return self._train.some(self._rows[order])

    def to_judge(self) -> Any:
        """Batches of the validation split."""
        assert self._validation is not None
        return self._validation.some(np.arange(self.validation_count))
