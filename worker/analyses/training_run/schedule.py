"""How far a run is: its phases, its epochs so far, the best of them, and whether it has to go on."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from shared.analyses.training_run.parts import EpochFacts, Scores
from shared.analyses.training_run.spec import TrainingRun
from shared.errors import NotFinite

PhaseName = Literal["training", "head", "fine_tuning"]


@dataclass(frozen=True)
class Phase:
    """Epochs with the same weights learning, from the same rate on."""

    name: PhaseName
    epochs: int
    rate: float


def phases_of(spec: TrainingRun) -> tuple[Phase, ...]:
    """Fine-tuning has two, all else one."""
    if spec.strategy != "fine_tuning":
        return (Phase("training", spec.epochs, spec.learning_rate),)
    tuning = Phase("fine_tuning", spec.fine_tune_epochs, spec.fine_tune_rate)
    return Phase("head", spec.epochs, spec.learning_rate), tuning


def rank(facts: Scores) -> tuple[float, float]:
    """What epochs are compared by, larger is better: accuracy, then loss; of validation where there is any."""
    if "val_loss" in facts and "val_accuracy" in facts:
        return facts["val_accuracy"], -facts["val_loss"]
    return facts["accuracy"], -facts["loss"]


@dataclass
class Schedule:
    """What has happened in a run; told again epoch by epoch, a resumed run stands where it stood.

    Attributes:
        spec: of the run.
        epochs: facts of the epochs so far.
        best: facts of the best of them; None before the first.
    """

    spec: TrainingRun
    epochs: list[EpochFacts] = field(default_factory=list)
    best: EpochFacts | None = None
    _at: int = 0
    _done: int = 0
    _without_better: int = 0

    @property
    def phase(self) -> Phase | None:
        """Whose turn it is; None when nothing is left to do."""
        phases = phases_of(self.spec)
        return phases[self._at] if self._at < len(phases) else None

    @property
    def rate(self) -> float:
        """What the next epoch learns at: its phase's, or what decay has left of it."""
        phase = self.phase
        assert phase is not None
        if self.spec.decay == "none":
            return phase.rate
        return phase.rate * (1 + math.cos(math.pi * self._done / phase.epochs)) / 2

    @property
    def phase_begins(self) -> bool:
        """Whether the next epoch is the first of its phase."""
        return self._done == 0

    @property
    def total(self) -> int:
        """Epochs of the whole run, as far as is known now."""
        left = sum(phase.epochs for phase in phases_of(self.spec)[self._at :])
        return len(self.epochs) + left - self._done

    @property
    def stopped_early(self) -> bool:
        """Whether a phase ended before all of its epochs."""
        return self.total < self.spec.planned_epochs

    def is_better(self, facts: Scores) -> bool:
        """Whether an epoch is better than all before it."""
        return self.best is None or rank(facts) > rank(self.best)

    def note(self, facts: EpochFacts) -> None:
        """Add an epoch of the present phase."""
        phase = self.phase
        assert phase is not None
        better = self.is_better(facts)
        self.best = facts if better else self.best
        self.epochs.append(facts)
        self._done += 1
        self._without_better = 0 if better else self._without_better + 1
        patience = self.spec.early_stopping
        if self._done == phase.epochs or (patience and self._without_better >= patience):
            self._at, self._done, self._without_better = self._at + 1, 0, 0

    def divergence(self, where: str) -> NotFinite:
        """What is said when the loss is no number any more.

        Args:
            where: in the epoch under way, for example "batch 3 to 5".
        """
        count = len(self.epochs)
        kept = f"the {count} epochs before and the best network are kept" if count else "nothing was learnt yet"
        tuning = self.phase is not None and self.phase.name == "fine_tuning"
        rate = "fine_tune_rate" if tuning else "learning_rate"
        return NotFinite(
            f"Expected a loss that is a number. Received NaN or infinity in epoch {count + 1}, {where}: the weights "
            f"grew without bound. Choose a lower `{rate}` (a tenth is a good try); {kept}."
        )

    def facts(self) -> dict[str, Any]:
        """What is said of the epochs as a whole; there is at least one."""
        best = self.best
        assert best is not None
        tuned = [epoch["epoch"] for epoch in self.epochs if epoch["phase"] == "fine_tuning"]
        return {
            "best_epoch": best["epoch"], "judged_by": "validation" if "val_loss" in best else "training",
            "epochs": len(self.epochs), "stopped_early": self.stopped_early,
            **{name: value for name, value in best.items() if name in ("val_accuracy", "val_loss")},
            **({"fine_tuning_from": tuned[0]} if tuned else {}),
        }  # fmt: skip
