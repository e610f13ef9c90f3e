"""Recovery meets records of RQ that cannot be read, that are half gone, or that another worker has taken over."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rq.serializers import JSONSerializer
from rq.utils import now, utcformat

from shared.analyses import InspectModel
from shared.client import Client
from shared.queue import SafeJob
from shared.store import Store, WorkerRecord
from tests.fixtures.small_runs import atlas, status
from worker.service.orphans import PATIENCE_SECONDS, Orphans
from worker.service.recovery import recover_silent, recover_worker, requeue_vanished
from worker.service.warm_worker import WarmWorker

KEY = "rq:job:damaged"
DAMAGE: dict[str, Callable[[Any], object]] = {
    "a date that is none": lambda redis: redis.hset(KEY, mapping={"data": b'["f", null, [], {}]', "created_at": "?"}),
    "a payload that is none": lambda redis: redis.hset(KEY, mapping={"data": b"\x80\x04never JSON"}),
    "bytes that are no text": lambda redis: redis.hset(KEY, mapping={"data": b"[]", "origin": b"\xff\xfe"}),
    "numbers that are none": lambda redis: redis.hset(KEY, mapping={"data": b"[]", "retries_left": "many"}),
    "another type": lambda redis: redis.set(KEY, "text"),
    "a status that is none": lambda redis: redis.hset(KEY, mapping={"data": b"[]", "status": "?"}),
}


def worker_of(store: Store, name: str, queue: str = "batch") -> Any:
    """An RQ worker without an engine, registered as a living one is."""
    worker = WarmWorker.listening(queue, Store.open(_url(store)), name, {})
    worker.register_birth()
    return worker


def _url(store: Store) -> str:
    told = store.client.connection_pool.connection_kwargs
    return f"unix://:{told['password']}@{told['path']}"


def take(worker: Any) -> Any:
    """Take the next job as a worker does, up to where its engine begins; answers the job."""
    job, _ = worker.dequeue_job_and_maintain_ttl(1)
    execution = worker.prepare_execution(job)
    worker.prepare_job_execution(job, remove_from_intermediate_queue=True)
    assert execution
    return job


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_job_that_cannot_be_read_is_set_aside_and_the_next_one_served(
    client: Client, store: Store, damage: Callable[[Any], object]
) -> None:
    damage(store.client)
    store.client.lpush("rq:queue:batch", "damaged")
    store.client.sadd("rq:queues", "rq:queue:batch")
    key, _ = client.submit(atlas())
    assert take(worker_of(store, "healthy")).description == key
    assert list(store.troubles.records_set_aside()) == [KEY] or not store.client.exists(KEY)
    assert client.queue.waiting("batch") == 0


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_dead_worker_that_held_one_is_recovered_with_all_else_it_held(
    client: Client, store: Store, damage: Callable[[Any], object]
) -> None:
    key, _ = client.submit(atlas())
    job = take(dead := worker_of(store, "dead"))
    damage(store.client)
    for member in ("damaged:1", "no-colon", ":"):
        store.client.sadd("rq:worker:dead:executions", member)
        store.client.zadd("rq:wip:batch", {member: 1})
    store.client.lpush("rq:queue:batch:intermediate", "damaged")
    recover_worker(store, dead.name)
    assert store.client.lrange("rq:queue:batch", 0, -1) == [job.id.encode()]
    assert status(store, key) == "queued" and not store.client.exists("rq:queue:batch:intermediate")


def test_what_a_dead_worker_left_of_a_job_that_began_again_elsewhere_goes(client: Client, store: Store) -> None:
    key, _ = client.submit(atlas())
    dead, living = worker_of(store, "dead"), worker_of(store, "living")
    job = take(living)
    store.client.lpush("rq:queue:batch:intermediate", job.id)  # taken by the dead one, before it was queued again
    recover_worker(store, dead.name)
    assert not store.client.exists("rq:queue:batch:intermediate")
    assert store.client.zcard("rq:wip:batch") == 1 and job.get_status() == "started"
    assert client.queue.waiting("batch") == 0 and client.record(key).key == key


def test_a_job_on_its_way_to_its_worker_stays_in_the_side_list(client: Client, store: Store) -> None:
    client.submit(atlas())
    dead, living = worker_of(store, "dead"), worker_of(store, "living")
    job, _ = living.dequeue_job_and_maintain_ttl(1)
    living.prepare_execution(job)
    recover_worker(store, dead.name)
    assert store.client.lrange("rq:queue:batch:intermediate", 0, -1) == [job.id.encode()]


def test_a_record_of_a_run_that_cannot_be_read_stops_nobody_elses_rescue(client: Client, store: Store) -> None:
    good, bad = atlas(1), atlas(2)
    for spec in (good, bad):
        store.runs.submit(spec, "a-job-that-was-never-enqueued")
    store.client.hset(f"convscope:run:{bad.key()}", "attempts", "many")
    store.client.sadd("convscope:workers", "odd", "odder")
    store.client.set("convscope:worker:odd", "{")
    store.client.set("convscope:worker:odder", json.dumps({"queue": "batch"}))
    assert requeue_vanished(store, client.queue, older_than=-1) == 1
    assert status(store, good.key()) == "queued" and status(store, bad.key()) == "failed"
    assert "cannot be read" in store.runs.get(bad.key()).error
    store.workers.report(WorkerRecord("good"))
    assert [w.name for w in store.workers.all()] == ["good"]
    store.client.sadd("rq:workers", "rq:worker:timeless")
    store.client.hset("rq:worker:timeless", "last_heartbeat", "yesterday")
    assert recover_silent(store, set(), 0) == 1


def test_a_run_whose_execution_rq_lists_longer_than_it_keeps_it_is_queued_again(client: Client, store: Store) -> None:
    """RQ's delete() raised "Execution ... not found", and its status "Failed to retrieve status for job"."""
    key, _ = client.submit(atlas())
    job = take(worker_of(store, "dead"))
    for name in store.client.keys("rq:execution:*"):
        store.client.delete(name)  # as it is 6 s after the worker's last beat; the list of them stays a minute more
    assert store.client.zcard(f"rq:executions:{job.id}") == 1
    store.client.hset(f"rq:job:{job.id}", "status", "failed")
    assert requeue_vanished(store, client.queue, older_than=-1) == 1
    assert take(worker_of(store, "next")).description == key
    store.client.hdel(f"rq:job:{job.id}", "status")
    assert requeue_vanished(store, client.queue, older_than=-1) == 1


def test_a_dead_workers_recovery_leaves_its_successors_attempt_alone(client: Client, store: Store) -> None:
    key, _ = client.submit(atlas())
    first = take(worker_of(store, "dead"))
    store.runs.begin(key, first.id, "dead")
    store.client.zadd("rq:wip:batch", dict.fromkeys(store.client.zrange("rq:wip:batch", 0, -1), 1))
    successor = worker_of(store, "successor")
    successor.clean_registries()  # RQ finds the execution run out, after six seconds, and queues its job again
    job = take(successor)
    assert job.id == first.id
    fence = store.runs.begin(key, job.id, "successor")
    recover_worker(store, "dead")  # thirty seconds after the kill
    store.runs.write(key, fence, (0, b"part"), {})
    assert status(store, key) == "running" and client.queue.waiting("batch") == 0
    recover_worker(store, "successor")
    assert status(store, key) == "queued" and client.queue.waiting("batch") == 1


def test_a_job_that_its_worker_is_about_to_begin_is_not_queued_twice(client: Client, store: Store) -> None:
    client.submit(atlas())
    worker = worker_of(store, "slow")
    job, _ = worker.dequeue_job_and_maintain_ttl(1)
    worker.prepare_execution(job)  # its engine is warming up: the job lies in the side list, and is not "started"
    recover_worker(store, "gone")
    assert client.queue.waiting("batch") == 0
    store.client.delete("rq:wip:batch")
    recover_worker(store, "gone")
    assert client.queue.waiting("batch") == 1


def test_recovered_again_and_again_a_job_is_queued_once(client: Client, store: Store) -> None:
    client.submit(InspectModel(model="keras/vgg16/random"))
    worker = worker_of(store, "dead", "interactive")
    take(worker)
    members = store.client.smembers("rq:worker:dead:executions")
    for _ in range(3):  # other machines' supervisors see it as well
        store.client.sadd("rq:worker:dead:executions", *members)
        recover_worker(store, "dead")
    assert client.queue.waiting("interactive") == 1
    (job,) = store.client.lrange("rq:queue:interactive", 0, -1)
    again = SafeJob.fetch(job.decode(), connection=store.client, serializer=JSONSerializer)
    assert again.get_status() == "queued" and again.retries_left == 99


def test_a_worker_that_died_while_its_clock_was_ahead_is_recovered(client: Client, store: Store) -> None:
    """Its last heartbeat lies ahead, and RQ would wait until then."""
    key, _ = client.submit(atlas())
    worker = worker_of(store, "ahead")
    job = take(worker)
    store.client.hset(worker.key, "last_heartbeat", utcformat(now() + timedelta(hours=2)))
    assert recover_silent(store, set(), 0.0) == 1
    assert store.client.hget(f"rq:job:{job.id}", "status") == b"queued" and client.queue.waiting("batch") == 1
    assert client.record(key).status == "queued"


@pytest.mark.parametrize("listed", [True, False], ids=["begun", "taken"])
def test_a_job_that_a_clock_hides_is_queued_again(client: Client, store: Store, listed: bool) -> None:
    """Nothing is left of its worker, and the entry of its execution runs out in two hours."""
    client.submit(atlas())
    worker = worker_of(store, "gone")
    if listed:
        take(worker)
        member = store.client.zrange("rq:wip:batch", 0, 0)[0].decode()
        store.client.zadd("rq:wip:batch", {member: time.time() + 7200})
        store.client.delete(f"rq:execution:{member}")
    else:
        worker.dequeue_job_and_maintain_ttl(1)
    store.client.delete(worker.key, f"{worker.key}:executions")
    seconds = 0.0
    orphans = Orphans(lambda: seconds)
    assert orphans.recover(store) == 0 and client.queue.waiting("batch") == 0, "it may have been taken just now"
    seconds = PATIENCE_SECONDS
    assert orphans.recover(store) == 1 and client.queue.waiting("batch") == 1
    assert orphans.recover(store) == 0 and not store.client.zcard("rq:wip:batch")


def test_a_job_that_somebody_works_on_stays_his(client: Client, store: Store) -> None:
    client.submit(atlas())
    take(worker_of(store, "alive"))
    seconds = 0.0
    orphans = Orphans(lambda: seconds)
    orphans.recover(store)
    seconds = 10 * PATIENCE_SECONDS
    assert orphans.recover(store) == 0 and client.queue.waiting("batch") == 0
