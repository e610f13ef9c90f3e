"""What a training run has told so far, epoch by epoch."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.server.parts import facts_of
from shared.analyses.training_run.epochs import best_epoch
from shared.analyses.training_run.parts import EPOCH, EpochFacts
from shared.store import RunRecord


@dataclass(frozen=True)
class Network:
    """A network that a run has saved.

    Attributes:
        reference: sha256:...; "" while none was saved.
        epoch: it is from.
        value: validation accuracy, training accuracy where nothing was validated.
        validated: which of the two `value` is.
    """

    reference: str = ""
    epoch: int = 0
    value: float = 0.0
    validated: bool = True


def epochs_of(run: RunRecord) -> list[EpochFacts]:
    """Facts of the epochs that are there, in order; see shared.analyses.training_run.parts."""
    found = (facts_of(run, index) for index in range(run.done))
    return [EPOCH.read(facts) for facts in found if facts]


def kept_network(epochs: Sequence[EpochFacts]) -> Network:
    """The best network that was saved so far."""
    best = next((facts for facts in epochs if facts["epoch"] == best_epoch(epochs)), None)
    reference = next((str(facts["network"]) for facts in reversed(epochs) if facts.get("network")), "")
    if best is None or not reference:
        return Network()
    value = best.get("val_accuracy")
    return Network(reference, best["epoch"], best["accuracy"] if value is None else value, value is not None)
