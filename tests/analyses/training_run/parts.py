"""Training runs without a worker: epochs written straight into a store."""

from typing import Any

import numpy as np

from shared.analyses.training_run.parts import EPOCH, EpochFacts
from shared.analyses.training_run.spec import TrainingRun
from shared.client import Client
from shared.results import Part, encode_part
from tests.fixtures.synthetic_runs import FACTS, begin

# Digests of files that nobody has; only their names are shown.
BEST, NEWEST, HEAD = ("sha256:" + letter * 64 for letter in "abc")


def epoch_facts(spec: TrainingRun, epoch: int, best: int = 6, validated: bool = True) -> EpochFacts:
    """One epoch as the worker tells it: validation is best in `best` and falls from there.

    Args:
        spec: of the run.
        epoch: from 1.
        best: number of the best epoch.
        validated: whether there is a validation split.
    """
    tuned = spec.strategy == "fine_tuning"
    phase = ("fine_tuning" if epoch > spec.epochs else "head") if tuned else "training"
    away = abs(epoch - best)
    facts: EpochFacts = {
        "epoch": epoch,
        "phase": phase,
        "loss": round(1.2 / epoch, 4),
        "accuracy": round(1 - 0.4 / epoch, 4),
        "rate": spec.fine_tune_rate if phase == "fine_tuning" else spec.learning_rate,
        "seconds": 1.5,
        "best": epoch <= best,
        "network": BEST if epoch >= best else NEWEST,
        "checkpoint": NEWEST,
    }
    if validated:
        facts["val_loss"], facts["val_accuracy"] = round(0.3 + 0.05 * away, 4), round(0.92 - 0.02 * away, 4)
    if spec.watch:
        one = {"class": 2, "name": "2", "probability": 0.1 * epoch, "evidence": 1.0}
        facts["watched"] = [{"picture": number, **one} for number in spec.watch]
    return facts


def epoch_part(spec: TrainingRun, epoch: int, **how: Any) -> Part:
    """One epoch, with the heat maps of the pictures that are watched."""
    pictures = {f"watch_{n}": np.full((28, 28, 3), 20 * epoch, np.uint8) for n in spec.watch}
    return EPOCH.part(epoch - 1, f"epoch {epoch}", pictures=pictures, facts=epoch_facts(spec, epoch, **how))


def begun_training(client: Client, spec: TrainingRun, count: int, **how: Any) -> tuple[TrainingRun, int]:
    """A running training with its first epochs; returns its spec with references, and its fencing token."""
    resolved = client.resolve(spec)
    assert isinstance(resolved, TrainingRun)
    fence = begin(client.store, resolved, resolved.planned_epochs)
    for epoch in range(1, count + 1):
        write_epoch(client, resolved, fence, epoch, **how)
    return resolved, fence


def write_epoch(client: Client, spec: TrainingRun, fence: int, epoch: int, **how: Any) -> None:
    """One more epoch of a running training."""
    part = epoch_part(spec, epoch, **how)
    stage = {"stage": f"epoch {epoch}, batch 3 of 34", "total": spec.planned_epochs}
    client.store.runs.write(spec.key(), fence, (part.index, encode_part(part)), stage)


def finished_training(client: Client, spec: TrainingRun, test_accuracy: float | None = 0.9, **how: Any) -> str:
    """A complete run; returns its key."""
    resolved, fence = begun_training(client, spec, spec.planned_epochs, **how)
    best = min(how.get("best", 6), spec.planned_epochs)
    facts = epoch_facts(resolved, best, **how)
    metrics = {"model": BEST, "name": "digits-scratch", "best_epoch": best, "epochs": spec.planned_epochs,
               "images": 1078, "classes": 10, "size": 28, "parameters": 93322, "trainable_parameters": 93322,
               "stopped_early": False}  # fmt: skip
    metrics |= {name: facts[name] for name in ("val_accuracy", "val_loss") if name in facts}
    metrics |= {"test_accuracy": test_accuracy} if test_accuracy is not None else {}
    metrics |= {"head_model": HEAD, "fine_tuning_from": spec.epochs + 1} if spec.strategy == "fine_tuning" else {}
    told = {**FACTS, "metrics": metrics, "timings": {"epoch_seconds": 1.5}, "model": "", "weights": ""}
    client.store.runs.finish(resolved.key(), fence, told)
    return resolved.key()
