"""Bring back the runs of workers that died, at once instead of when RQ's timers run out."""

import contextlib
import logging
import math
from datetime import UTC, datetime
from typing import Any

from rq.exceptions import NoSuchJobError
from rq.job import JobStatus
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from rq.utils import utcparse

from shared.errors import ConvscopeError
from shared.queue import QUEUES, JobQueue, SafeJob
from shared.store import Store, translating

log = logging.getLogger("worker.service.recovery")

RQ_WORKER = "rq:worker:"


@translating
def recover_worker(store: Store, name: str, forgive: bool = False) -> None:
    """Queue again what a dead worker held.

    Args:
        store: of the installation.
        name: of the RQ worker; it must be known to be dead.
        forgive: the worker was stopped on purpose, so the attempt does not count against its run.
    """
    redis: Any = store.client
    key = RQ_WORKER + name
    members = redis.smembers(f"{key}:executions")
    for job in {m.decode().rsplit(":", 1)[0] for m in members}:
        # Before the job is queued again: afterwards this would take the lease from its next attempt.
        _wait_again(store, job, forgive)
    for queue in QUEUES:
        for member in members:
            # An entry that has run out is what the registry's own clean-up looks for.
            redis.zadd(f"rq:wip:{queue}", {member: 1}, xx=True)
        _sweep(store, queue)
    store.workers.withdraw(name)
    _drop_worker(store, name)


def _sweep(store: Store, queue: str) -> None:
    registry = StartedJobRegistry(queue, connection=store.client, serializer=JSONSerializer, job_class=SafeJob)
    registry.cleanup()
    _rescue_intermediate(store, queue)


def _rescue_intermediate(store: Store, queue: str) -> None:
    """A worker that died between taking a job and registering it leaves the job's id in a side list."""
    redis: Any = store.client
    side = f"rq:queue:{queue}:intermediate"
    for raw in redis.lrange(side, 0, -1):
        job_id = raw.decode()
        with contextlib.suppress(NoSuchJobError):
            job = SafeJob.fetch(job_id, connection=redis, serializer=JSONSerializer)
            if job.get_status() == JobStatus.QUEUED and not _is_listed(store, queue, raw):
                redis.lpush(f"rq:queue:{queue}", raw)
        redis.lrem(side, 0, raw)


def _is_listed(store: Store, queue: str, job_id: bytes) -> bool:
    client: Any = store.client
    return client.lpos(f"rq:queue:{queue}", job_id.decode()) is not None


def _wait_again(store: Store, job: str, forgive: bool) -> None:
    with contextlib.suppress(NoSuchJobError):
        found = SafeJob.fetch(job, connection=store.client, serializer=JSONSerializer)
        store.runs.wait_again(found.description or "", job, forgive)


def _drop_worker(store: Store, name: str) -> None:
    redis: Any = store.client
    key = RQ_WORKER + name
    redis.delete(key, f"{key}:executions")
    redis.srem("rq:workers", key)
    for queue in QUEUES:
        redis.srem(f"rq:workers:{queue}", key)


@translating
def recover_silent(store: Store, ours: set[str], silent_seconds: float) -> int:
    """Recover workers that RQ still lists and nobody hears of: other machines', or an earlier life's.

    Args:
        store: of the installation.
        ours: workers that the caller knows to be alive.
        silent_seconds: time without a sign of life after which a worker counts as dead; 0 where nobody else
            can use the server, so that all but ours are.

    Returns:
        How many were recovered.
    """
    redis: Any = store.client
    if silent_seconds and redis.info("server")["uptime_in_seconds"] < 2 * silent_seconds:
        return 0  # after an outage everybody was silent: let them speak first
    known = {raw.decode().removeprefix(RQ_WORKER) for raw in redis.smembers("rq:workers")}
    reporting = {w.name for w in store.workers.all()} if silent_seconds else set()
    dead = [name for name in known - ours - reporting if _silence(redis, name) >= silent_seconds]
    for name in dead:
        recover_worker(store, name)
    return len(dead)


def _silence(redis: Any, name: str) -> float:
    """Seconds since RQ's last heartbeat of a worker; for ever where its key is gone."""
    beat = redis.hget(RQ_WORKER + name, "last_heartbeat")
    if beat is None:
        return math.inf
    return datetime.now(UTC).timestamp() - utcparse(beat.decode()).timestamp()


@translating
def requeue_vanished(store: Store, queue: JobQueue, older_than: float = 5.0) -> int:
    """Queue runs whose job has vanished: their submitter died before it could, or a server lost its tail.

    All live runs are looked at, for a plan alone may have five hundred.

    Returns:
        How many were queued.
    """
    live = [run for run in store.runs.newest({"state": "live"}) if run.status in ("queued", "lost")]
    silent = [run for run in live if run.now - max(run.submitted_at, run.updated_at) > older_than]
    count = 0
    for run in queue.without_job(silent):
        with contextlib.suppress(ConvscopeError):
            count += queue.ensure_queued(run.key)
    return count
