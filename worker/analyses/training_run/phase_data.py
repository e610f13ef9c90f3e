"""What a phase shows to the network: pictures as they are, or features of them that are computed once."""

import time
from collections.abc import Generator
from typing import Any

import numpy as np

from shared.results import Progress
from worker.analyses.training_run.data import TrainingData
from worker.analyses.training_run.feeds import Feed, feature_feed
from worker.analyses.training_run.network import TrainableNetwork


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
