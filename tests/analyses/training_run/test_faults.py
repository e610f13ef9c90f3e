"""A training run that is hit in the middle: its curve has no gap and no double point, and its best network is kept."""

import os
import signal
from typing import Any

import pytest

from shared.analyses import InspectModel, TrainingRun
from shared.client import Client
from shared.results import decode_part
from shared.store import RunRecord
from tests.fixtures.installations import Installation, gone

pytestmark = pytest.mark.faults

EPOCHS = 6


def asked(seed: int, **fields: Any) -> TrainingRun:
    """Six epochs of about a second or two: long enough to be hit in the third."""
    usual = {"epochs": EPOCHS, "batch": 4, "network": "compact", "size": 32}
    return TrainingRun(dataset="builtin/digits", seed=seed, **usual | fields)


def in_epoch(client: Client, key: str, epoch: int) -> bool:
    """Whether a run is in the middle of an epoch."""
    run = client.record(key)
    assert run.status != "failed", run.error
    return run.stage.startswith(f"epoch {epoch} of") and "batch" in run.stage


def engine_of(client: Client, key: str) -> int:
    """Process number of the engine that works on a run."""
    (worker,) = [w for w in client.store.workers.all() if w.run == key]
    return worker.engine_pid


def epochs_of(client: Client, key: str) -> list[dict[str, Any]]:
    """Facts of the epochs that are stored, in order."""
    return [dict(decode_part(data).facts) for _, data in sorted(client.results.parts(key).items())]


def check_curve(client: Client, key: str, before: list[dict[str, Any]]) -> RunRecord:
    """All epochs, each once, those from before the fault as they were; and the loss goes on falling."""
    run = client.wait(key, timeout=180)
    assert run.status == "complete", run.error
    epochs = epochs_of(client, key)
    assert [epoch["epoch"] for epoch in epochs] == list(range(1, EPOCHS + 1))
    assert epochs[: len(before)] == before
    assert max(epoch["loss"] for epoch in epochs[2:]) < epochs[0]["loss"]
    assert run.attempt_done >= len(before)
    return run


def test_an_engine_killed_in_epoch_3_of_6_goes_on_from_epoch_3(installation: Installation, live: Client) -> None:
    key, _ = live.submit(asked(1))
    installation.wait_until(lambda: in_epoch(live, key, 3), 120, "in epoch 3")
    before = epochs_of(live, key)
    os.kill(engine_of(live, key), signal.SIGKILL)
    run = check_curve(live, key, before)
    assert len(before) == 2 and run.attempts == 2
    assert not any(live.library.files.has(epoch["checkpoint"]) for epoch in epochs_of(live, key)), (
        "checkpoints go at the end"
    )
    assert live.models.names()[run.facts["metrics"]["name"]] == run.facts["metrics"]["model"]


def test_a_killed_supervisor_leaves_a_run_that_the_next_start_goes_on_with(fresh: Installation) -> None:
    client = fresh.start()
    key, _ = client.submit(asked(2))
    fresh.wait_until(lambda: in_epoch(client, key, 3), 120, "in epoch 3")
    before = epochs_of(client, key)
    family = fresh.kill_supervisor()
    fresh.wait_until(lambda: gone(family), 10, "everything gone with the supervisor")
    check_curve(fresh.start(), key, before)


def test_cancelled_in_the_middle_of_an_epoch_it_keeps_the_best_network(
    installation: Installation, live: Client
) -> None:
    key, _ = live.submit(asked(3))
    installation.wait_until(lambda: in_epoch(live, key, 3), 120, "in epoch 3")
    assert live.cancel(key)
    assert live.wait(key, timeout=30).status == "cancelled"
    epochs = epochs_of(live, key)
    assert len(epochs) == 2
    (record,) = [row for row in live.models.records() if row.get("run") == key]
    assert record["recipe"]["metrics"]["epoch"] == max(e["epoch"] for e in epochs if e["best"])
    assert live.run(InspectModel(model=record["reference"]), timeout=60).run.status == "complete"
    live.retry(key)
    check_curve(live, key, epochs)


def test_an_interactive_engine_comes_before_a_batch_engine(installation: Installation) -> None:
    values = sorted(engine.nice() for engine in installation.processes("worker.service.engine"))
    assert values[1] - values[0] == 10
