"""Which workers count as dead, and what happens to what they held."""

import time
from datetime import UTC, datetime, timedelta

from rq.utils import utcformat

from shared.analyses import InspectModel
from shared.client import Client
from shared.store import Store, WorkerRecord
from tests.fixtures.small_runs import atlas, status
from worker.service.recovery import recover_silent, requeue_vanished


def register(store: Store, name: str, silent: float | None) -> None:
    """An RQ worker as its keys show it: last heard `silent` seconds ago, or its key has run out (None)."""
    store.client.sadd("rq:workers", f"rq:worker:{name}")
    if silent is not None:
        beat = utcformat(datetime.now(UTC) - timedelta(seconds=silent))
        store.client.hset(f"rq:worker:{name}", "last_heartbeat", beat)


def listed(store: Store) -> set[str]:
    return {raw.decode().rsplit(":", 1)[1] for raw in store.client.smembers("rq:workers")}


def test_on_an_own_server_everybody_but_ours_is_dead(store: Store) -> None:
    for name in ("ours", "old", "gone"):
        register(store, name, None if name == "gone" else 1)
    assert recover_silent(store, {"ours"}, 0) == 2
    assert listed(store) == {"ours"}


def test_on_a_shared_server_only_the_silent_are_dead(store: Store) -> None:
    while store.client.info("server")["uptime_in_seconds"] < 1:
        time.sleep(0.05)
    register(store, "elsewhere", -5)  # a clock that is a little ahead
    register(store, "silent", 50)
    register(store, "reporting", 50)
    store.workers.report(WorkerRecord("reporting"))
    assert recover_silent(store, set(), silent_seconds=0.5) == 1
    assert listed(store) == {"elsewhere", "reporting"}


def test_right_after_an_outage_nobody_is_judged(store: Store) -> None:
    register(store, "silent", 1000)
    assert recover_silent(store, set(), 10**6) == 0
    assert listed(store) == {"silent"}


def test_a_run_whose_job_has_vanished_is_queued_again(client: Client, store: Store) -> None:
    spec = InspectModel(model="keras/vgg16/random")
    store.runs.submit(spec, "a-job-that-was-never-enqueued")
    assert client.queue.waiting("interactive") == 0
    assert requeue_vanished(store, client.queue, older_than=-1) == 1
    assert client.queue.waiting("interactive") == 1
    assert requeue_vanished(store, client.queue, older_than=-1) == 0


def test_a_run_is_rescued_however_many_newer_ones_there_are(client: Client, store: Store) -> None:
    spec = atlas()
    store.runs.submit(spec, "a-job-that-was-never-enqueued")
    for seed in range(1, 206):
        client.queue.submit(atlas(seed))
    assert requeue_vanished(store, client.queue, older_than=-1) == 1
    assert (status(store, spec.key()), client.queue.waiting("batch")) == ("queued", 206)
    assert requeue_vanished(store, client.queue, older_than=-1) == 0
