"""`training_run`: what a network learns, epoch by epoch."""

from pathlib import Path

from shared.job_specs import TrainingRun
from shared.results import Part
from tests.unit.worker_context import context
from worker.analyses.training_run import training_run


def test_the_digits_are_learnt(tmp_path: Path) -> None:
    spec = TrainingRun(dataset="builtin/digits", strategy="dense", epochs=3, batch=64, hidden=32)
    parts = [item for item in training_run(spec, context(tmp_path)) if isinstance(item, Part)]
    assert [part.name for part in parts] == ["epoch 1", "epoch 2", "epoch 3"]
    losses = [part.facts["loss"] for part in parts]
    assert losses == sorted(losses, reverse=True)
    assert parts[-1].facts["val_accuracy"] > 0.8
