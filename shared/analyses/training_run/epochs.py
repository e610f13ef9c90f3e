"""What the epochs of a training run say of the whole run so far."""

from collections.abc import Mapping, Sequence
from typing import Any

Facts = Mapping[str, Any]


def best_epoch(epochs: Sequence[Facts]) -> int:
    """Number of the best epoch so far, from 1; 0 for none."""
    return next((int(facts["epoch"]) for facts in reversed(epochs) if facts.get("best")), 0)


def fine_tuning_starts(epochs: Sequence[Facts]) -> int:
    """Number of the first epoch that fine-tunes, from 1; 0 for none."""
    return next((int(facts["epoch"]) for facts in epochs if facts.get("phase") == "fine_tuning"), 0)
