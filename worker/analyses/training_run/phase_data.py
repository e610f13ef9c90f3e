"""What a phase shows to the network: pictures as they are, or features of them that are computed once."""

import time
from collections.abc import Generator
from typing import Any

import numpy as np

from shared.results import Progress
from worker.analyses.training_run.data import Material
from worker.analyses.training_run.feeds import Feed, feature_feed
from worker.analyses.training_run.network import Trainee


class Shown:
    """The feeds of one phase.

    Args:
        material: the data set.
        trainee: whose front sees the features.
    """

    def __init__(self, material: Material, trainee: Trainee) -> None:
        self._material, self._trainee = material, trainee
        self._train: Feed = material.train
        self._rows = material.rows
        self._validation: Feed | None = material.validation
        self.seconds = 0.0

    def compute_features(self) -> Generator[Progress, None, None]:
        """Look once at all pictures through the frozen base; from then on its features are shown instead of them."""
        material, begun = self._material, time.perf_counter()
        stage, memory = "looking at the pictures through the base", material.memory // 2
        batch = material.spec.batch
        self._train = yield from feature_feed(self._trainee, material.train, material.rows, batch, memory, stage)
        self._rows = np.arange(len(material.rows))
        if (feed := material.validation) is not None:
            every = np.arange(feed.pictures)
            stage = "looking at the validation pictures through the base"
            self._validation = yield from feature_feed(self._trainee, feed, every, batch, memory, stage)
        self.seconds = round(time.perf_counter() - begun, 3)

    @property
    def learnt(self) -> int:
        """Pictures that an epoch learns from."""
        return len(self._rows)

    @property
    def looked_at(self) -> int:
        """Pictures that an epoch is judged by."""
        return 0 if self._validation is None else len(self._validation.labels)

    def to_learn(self, epoch: int) -> Any:
        """Batches in the order of an epoch, which seed and epoch alone decide."""
        order = np.random.default_rng((self._material.spec.seed, epoch)).permutation(self.learnt)
        return self._train.some(self._rows[order])

    def to_judge(self) -> Any:
        """Batches of the validation split."""
        assert self._validation is not None
        return self._validation.some(np.arange(self.looked_at))
