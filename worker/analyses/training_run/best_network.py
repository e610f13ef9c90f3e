"""The best network so far: its weights, and the file that people open, saved whenever it got better and time allows."""

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from shared.analyses.training_run.spec import TrainingRun
from shared.library import ModelRegistry
from worker.analyses.training_run.checkpoints import explained_when_full
from worker.analyses.training_run.network import TrainableNetwork, set_values, values_of

# Of a run's time, saving may take so much.
SHARE = 0.1
LONGEST_NAME = 60
HEAD = "-head"
OF_THE_EPOCH = ("epoch", "phase", "loss", "accuracy", "val_loss", "val_accuracy")


class BestNetwork:
    """Of one run.

    Args:
        spec: of the run.
        trainable: whose weights.
        labels: class names.
        dataset: what people call the data set.
        registry: where it is noted.
        how: pictures go in, with the numbers that were black and white while it learnt.
        resize: how pictures met its size while it learnt, see shared.images.resizing.
    """

    def __init__(
        self,
        spec: TrainingRun,
        trainable: TrainableNetwork,
        labels: Sequence[str],
        dataset: str,
        registry: ModelRegistry,
        how: str,
        resize: str,
    ) -> None:
        self.reference, self.name = "", network_name(spec, dataset)
        self._title = f"{spec.strategy.replace('_', ' ')} on {dataset}"
        self._spec, self._trainable, self._labels, self._registry = spec, trainable, tuple(labels), registry
        self._variables: list[keras.Variable] = []
        self._values: list[np.ndarray] = []
        self._facts: dict[str, Any] = {}
        self._unsaved, self._how, self._resize = False, how, resize
        self._begun, self._spent, self._last = time.perf_counter(), 0.0, 0.0

    def take(self, variables: list[keras.Variable], facts: Mapping[str, Any]) -> None:
        """Keep the weights as they are now: they are the best so far."""
        self.restore(variables, values_of(variables), facts, "")

    def restore(
        self, variables: list[keras.Variable], values: Sequence[np.ndarray], facts: Mapping[str, Any], reference: str
    ) -> None:
        """Keep weights as the best so far.

        Args:
            variables: which ones differ from the network as it was made.
            values: of them.
            facts: of the best epoch.
            reference: of the file that holds them already; "" where none does.
        """
        self._variables, self._values, self._facts = variables, list(values), dict(facts)
        self._unsaved = not reference
        self.reference = reference or self.reference

    def load(self) -> None:
        """Give the network its best weights."""
        set_values(self._variables, self._values)

    def retake(self, variables: list[keras.Variable]) -> None:
        """The same weights, from now on by the variables of another phase; the network must hold them."""
        self._variables, self._values = variables, values_of(variables)

    @property
    def values(self) -> list[np.ndarray]:
        """The best weights, in the order of their variables."""
        return self._values

    def save_if_due(self) -> None:
        """Save it where it is not saved yet and saving takes no more than its share of the run's time.

        Raises:
            DiskFull: there is no room.
        """
        allowed = SHARE * (time.perf_counter() - self._begun)
        if self._unsaved and (not self.reference or self._spent + self._last <= allowed):
            self.save()

    def save(self) -> None:
        """Save it, unless it is saved already, and note it in the list of models.

        Raises:
            DiskFull: there is no room.
        """
        if not self._values or not self._unsaved:
            return
        begun = time.perf_counter()
        present = values_of(self._variables)
        self.load()
        try:
            with explained_when_full("the best network"), tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "network.keras"
                self._trainable.save(path, self._spec.precision)
                self.reference = self._registry.keep_trained(path, self._labels, self._how, self._resize)
                self.note()
        finally:
            set_values(self._variables, present)
        self._unsaved = False
        self._last = time.perf_counter() - begun
        self._spent += self._last

    def note_head(self) -> None:
        """Write a row of its own for what fine-tuning starts from, to be compared with later."""
        self.note(name=f"{self.name}{HEAD}", remark=", before fine-tuning")

    def head_reference(self) -> str:
        """What note_head() noted, in this attempt or in one before; "" where nothing was."""
        return self._registry.names().get(f"{self.name}{HEAD}", "")

    def note(self, metrics: Mapping[str, Any] | None = None, name: str = "", remark: str = "") -> None:
        """Write its row in the list of models.

        Args:
            metrics: of the whole run; None while it is not over.
            name: another one than the run's.
            remark: behind its title.
        """
        if not self.reference:
            return
        found = {key: self._facts[key] for key in OF_THE_EPOCH if key in self._facts} | dict(metrics or {})
        facts = {
            "title": self._title + remark, "parameters": self._trainable.network.count_params(),
            "source": "training_run", "run": self._spec.key(),
            "recipe": {**self._spec.model_dump(mode="json"), "metrics": found},
        }  # fmt: skip
        self._registry.name_trained(name or self.name, self.reference, facts)


def network_name(spec: TrainingRun, dataset: str) -> str:
    """What a run's network is called: the data set, the strategy, and six digits of the key."""
    start = f"{dataset.rsplit('/', 1)[-1]}-{spec.strategy.replace('_', '-')}"
    return f"{start[:LONGEST_NAME]}-{spec.key()[-6:]}"
