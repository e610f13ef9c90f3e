"""SIGKILL of each part in the middle of an atlas: the same run completes, and no finished tile is made again."""

import os
import signal

import pytest

from shared.analyses import FilterAtlas
from shared.client import Client
from shared.store import RunRecord, WorkerRecord
from tests.fixtures.installations import QUICK, SLOW, Installation, gone

pytestmark = pytest.mark.faults


def seeded(seed: int) -> FilterAtlas:
    """A run of its own for each test."""
    return SLOW.model_copy(update={"seed": seed})


def working_on(client: Client, key: str) -> WorkerRecord:
    """The worker that reports this run."""
    (worker,) = [w for w in client.store.workers.all() if w.run == key]
    return worker


def check_completed(client: Client, key: str, before: dict[int, bytes]) -> RunRecord:
    """The run completes; parts finished before the fault are byte for byte the ones that were there."""
    run = client.wait(key, timeout=120)
    assert run.status == "complete", run.error
    assert run.done == run.total == 96
    assert client.results.parts(key, before) == before
    # The last attempt began with every part that stood before it, so it made none of them.
    assert run.attempt_done >= len(before)
    return run


def test_a_killed_engine_costs_at_most_the_batch_under_way(installation: Installation, live: Client) -> None:
    key, _ = live.submit(seeded(1))
    installation.wait_for_parts(live, key, 16)
    before = live.results.parts(key)
    parents = {p.pid for p in installation.processes("worker.service.rq_parent")}
    os.kill(working_on(live, key).engine_pid, signal.SIGKILL)
    run = check_completed(live, key, before)
    assert run.attempts == 2
    assert {p.pid for p in installation.processes("worker.service.rq_parent")} == parents


def test_a_killed_parent_takes_its_engine_along_and_is_replaced(installation: Installation, live: Client) -> None:
    key, _ = live.submit(seeded(2))
    installation.wait_for_parts(live, key, 16)
    before = live.results.parts(key)
    worker = working_on(live, key)
    engines = [p for p in installation.processes("worker.service.engine") if p.pid == worker.engine_pid]
    os.kill(worker.pid, signal.SIGKILL)
    installation.wait_until(lambda: gone(engines), 5, "engine gone with its parent")
    check_completed(live, key, before)


def test_a_killed_supervisor_leaves_nothing_running_and_the_next_start_goes_on(fresh: Installation) -> None:
    client = fresh.start()
    key, _ = client.submit(seeded(3))
    fresh.wait_for_parts(client, key, 16)
    before = client.results.parts(key)
    family = fresh.kill_supervisor()
    assert len(family) >= 5, "two parents, two engines and a server"
    fresh.wait_until(lambda: gone(family), 10, "everything gone with the supervisor")
    client = fresh.start()
    check_completed(client, key, before)


def test_an_engine_that_always_dies_fails_its_run_and_the_next_one_is_served(
    installation: Installation, live: Client
) -> None:
    key, _ = live.submit(seeded(4).model_copy(update={"size": 256, "steps": 400}))
    killed: set[int] = set()

    def kill_if_new() -> bool:
        for worker in live.store.workers.all():
            if worker.run == key and worker.state == "busy" and worker.engine_pid not in killed:
                killed.add(worker.engine_pid)
                os.kill(worker.engine_pid, signal.SIGKILL)
        return live.record(key).over

    installation.wait_until(kill_if_new, 120, "given up")
    run = live.record(key)
    assert run.status == "failed"
    assert "died 3 times" in run.error
    assert len(killed) == 3
    assert live.run(QUICK, timeout=60).run.status == "complete"


def test_an_orderly_stop_keeps_the_run_for_the_next_start(fresh: Installation) -> None:
    client = fresh.start()
    key, _ = client.submit(seeded(5))
    fresh.wait_for_parts(client, key, 16)
    before = client.results.parts(key)
    family = fresh.processes()
    fresh.stop()
    assert gone(family)
    check_completed(fresh.start(), key, before)
