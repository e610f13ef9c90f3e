"""What a training run has told so far, epoch by epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.server.parts import facts_of
from shared.analyses.training_run.epochs import best_epoch
from shared.store import RunRecord

Facts = Mapping[str, Any]


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


def epochs_of(run: RunRecord) -> list[Facts]:
    """Facts of the epochs that are there, in order; see shared.analyses.training_run.spec for their names."""
    found = (facts_of(run, index) for index in range(run.done))
    return [facts for facts in found if facts]


def kept_network(epochs: Sequence[Facts]) -> Network:
    """The best network that was saved so far."""
    best = next((facts for facts in epochs if facts["epoch"] == best_epoch(epochs)), None)
    reference = next((str(facts["network"]) for facts in reversed(epochs) if facts.get("network")), "")
    if best is None or not reference:
        return Network()
    validated = best.get("val_accuracy") is not None
    return Network(reference, int(best["epoch"]), best["val_accuracy"] if validated else best["accuracy"], validated)
