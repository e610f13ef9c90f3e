"""Two batch workers on one look through a data set, one of them killed: every part once, and none lost."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from shared.analyses import DatasetExamples
from shared.client import Client
from shared.results import decode_part
from shared.store import RunRecord, WorkerRecord
from tests.fixtures.installations import Installation, gone

pytestmark = pytest.mark.faults
# Five shards of some seconds each, and the closing part.
SLOW = DatasetExamples(
    model="keras/mobilenetv2/random", layer="block_6_expand_relu", dataset="builtin/digits", channels="0-63", size=224
)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with two batch workers."""
    made = Installation(tmp_path_factory.mktemp("pair"), workers="batch=2")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def live(pair: Installation) -> Client:
    """A client of the installation."""
    return pair.client()


def both_at_work(pair: Installation, client: Client, spec: DatasetExamples) -> tuple[str, WorkerRecord, WorkerRecord]:
    """Have two workers share a run; its key, the worker that leads and the one that helps."""
    pair.wait_until(lambda: [w.state for w in client.store.workers.all()] == ["idle"] * 2, 120, "two workers idle")
    key, _ = client.submit(spec)

    def at_it() -> list[WorkerRecord]:
        return [w for w in client.store.workers.all() if w.run == key]

    def claimed_by_two() -> bool:
        claims = client.store.client.hvals(f"convscope:claims:{key}")
        return len(at_it()) == 2 and len(set(claims)) == 2  # type: ignore[arg-type]

    pair.wait_until(claimed_by_two, 60, "two workers at one run")
    job, workers = client.record(key).job, at_it()
    names = {w.name for w in workers}
    leads = next(n for n in names if _works_for(client, n) == job)
    first, second = sorted(workers, key=lambda w: w.name != leads)
    return key, first, second


def _works_for(client: Client, worker: str) -> str:
    members = client.store.client.smembers(f"rq:worker:{worker}:executions")
    return next((m.decode().rsplit(":", 1)[0] for m in members), "")  # type: ignore[union-attr]


def check_complete(client: Client, key: str, before: dict[int, bytes]) -> RunRecord:
    """The run completes; what was there stays byte for byte, and every shard is there once."""
    run = client.wait(key, timeout=180)
    assert run.status == "complete", run.error
    assert run.done == run.total == 6
    assert client.results.parts(key, before) == before
    parts = client.result(key).parts
    assert sum(part.facts["pictures"] for part in parts.values()) == 2 * parts[5].facts["pictures"]
    stored = sum(len(data) for data in client.results.parts(key).values())
    assert int(client.store.client.hget("convscope:sizes", key)) == stored  # type: ignore[arg-type]
    return run


def varied(**changes: object) -> DatasetExamples:
    """A run of its own for each test."""
    return DatasetExamples(**{**SLOW.model_dump(), **changes})


@pytest.mark.parametrize("who", ["helper", "lead"])
def test_a_killed_engine_costs_the_part_it_was_at(pair: Installation, live: Client, who: str) -> None:
    key, lead, helper = both_at_work(pair, live, varied(k=9 if who == "helper" else 8))
    before = live.results.parts(key)
    os.kill((lead if who == "lead" else helper).engine_pid, signal.SIGKILL)
    run = check_complete(live, key, before)
    assert run.attempts == (2 if who == "lead" else 1)


def test_a_killed_parent_of_the_lead_leaves_the_run_to_the_helper(pair: Installation, live: Client) -> None:
    key, lead, _ = both_at_work(pair, live, varied(k=7))
    before = live.results.parts(key)
    engines = [p for p in pair.processes("worker.service.engine") if p.pid == lead.engine_pid]
    os.kill(lead.pid, signal.SIGKILL)
    pair.wait_until(lambda: gone(engines), 5, "engine gone with its parent")
    check_complete(live, key, before)


def test_a_cancel_stops_both_and_the_next_request_goes_on(pair: Installation, live: Client) -> None:
    key, *_ = both_at_work(pair, live, varied(k=6))
    assert live.cancel(key)
    assert live.wait(key, timeout=20).status == "cancelled"
    pair.wait_until(lambda: all(w.run != key for w in live.store.workers.all()), 20, "both let go")
    before = live.results.parts(key)
    assert live.retry(key)[1] == "submitted"
    check_complete(live, key, before)


def test_both_make_the_same_as_one_alone(pair: Installation, live: Client, tmp_path: Path) -> None:
    key, *_ = both_at_work(pair, live, varied(k=5))
    check_complete(live, key, {})
    shared = live.results.parts(key)
    live.store.runs.forget(key)
    for worker in live.store.workers.all():
        live.store.workers.withdraw(worker.name)  # so that nobody is asked to help; they report again in two seconds
    live.submit(varied(k=5))
    alone = live.wait(key, timeout=180)
    assert alone.status == "complete" and alone.attempts == 1
    for index, data in live.results.parts(key).items():
        one, other = decode_part(data), decode_part(shared[index])
        assert {**one.facts, "seconds": 0} == {**other.facts, "seconds": 0}
        assert one.arrays.keys() == other.arrays.keys()
        for name, array in one.arrays.items():
            np.testing.assert_array_equal(array, other.arrays[name])
