"""Bring back the runs of workers that died, at once instead of when RQ's timers run out.

Of RQ's records only plain fields are read here, never a whole job: one that cannot be read would stop everybody's
recovery. What gives a job back is one script, because other machines and RQ's own workers do the same.
"""

import logging
import math
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from rq.utils import now, utcformat, utcparse

from shared.errors import ConvscopeError, StoreUnavailable
from shared.queue import QUEUES, JobQueue
from shared.store import Store, is_outage, translating

log = logging.getLogger("worker.service.recovery")
Item = TypeVar("Item")

RQ_WORKER = "rq:worker:"
# Between taking a job and listing it as begun a worker lets a few milliseconds pass.
SETTLE_SECONDS = 0.2
# An execution that is listed so long after it ran out is nobody's. RQ's own workers are quicker, where any is idle.
LONG_EXPIRED_SECONDS = 30.0
# How far the clocks of an installation's machines may be apart.
AHEAD_SECONDS = 60.0

# KEYS: executions under way, the job, its queue, the job's executions, this execution.
# ARGV: "job:execution", job, execution, the time in RQ's words.
# Returns taken (another gave it back) | over (the job has ended) | failed (too many retries) | queued.
GIVE_BACK = """
redis.call('DEL', KEYS[5])
redis.call('ZREM', KEYS[4], ARGV[3])
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 'taken' end
if redis.call('HGET', KEYS[2], 'status') ~= 'started' then return 'over' end
if tonumber(redis.call('HGET', KEYS[2], 'retries_left') or '0') < 1 then
  redis.call('HSET', KEYS[2], 'status', 'failed', 'ended_at', ARGV[4])
  redis.call('EXPIRE', KEYS[2], 86400)
  return 'failed'
end
redis.call('HINCRBY', KEYS[2], 'retries_left', -1)
redis.call('HSET', KEYS[2], 'status', 'queued', 'enqueued_at', ARGV[4])
redis.call('LPUSH', KEYS[3], ARGV[2])
return 'queued'
"""

# KEYS: the side list, the queue, executions under way, the job.  ARGV: job.
# A worker that died between taking a job and listing it as begun leaves the job's id in a side list. Where the job was
# queued again otherwise, and has begun since, what the dead one left goes, and no more.
RESCUE = """
for _, member in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  if string.sub(member, 1, #ARGV[1] + 1) == ARGV[1] .. ':' then
    if redis.pcall('HGET', KEYS[4], 'status') == 'started' then redis.call('LREM', KEYS[1], 0, ARGV[1]) end
    return 'begun'
  end
end
if redis.call('LREM', KEYS[1], 0, ARGV[1]) == 0 then return 'gone' end
if redis.pcall('HGET', KEYS[4], 'status') ~= 'queued' then return 'over' end
for _, job in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
  if job == ARGV[1] then return 'listed' end
end
redis.call('LPUSH', KEYS[2], ARGV[1])
return 'queued'
"""


@translating
def recover_worker(store: Store, name: str, forgive: bool = False) -> None:
    """Queue again what a dead worker held, and nothing that another worker has taken since.

    Args:
        store: of the installation.
        name: of the RQ worker; it must be known to be dead.
        forgive: the worker was stopped on purpose, so the attempt does not count against its run.
    """
    redis: Any = store.client
    key = RQ_WORKER + name
    for member in _texts(redis.smembers(f"{key}:executions")):
        recover_execution(store, member, forgive, name)
    for queue in QUEUES:
        for member in _texts(redis.zrangebyscore(f"rq:wip:{queue}", 0, time.time() - LONG_EXPIRED_SECONDS)):
            recover_execution(store, member, forgive)
        rescue(store, queue)
    store.workers.withdraw(name)
    redis.delete(key, f"{key}:executions")
    redis.srem("rq:workers", key)
    for queue in QUEUES:
        redis.srem(f"rq:workers:{queue}", key)


def recover_execution(store: Store, member: str, forgive: bool, worker: str = "") -> None:
    """Queue a job again that was under way; what cannot be read is set aside, for others wait behind it."""
    client: Any = store.client
    key = f"rq:job:{(job := member.rpartition(':')[0])}"
    try:
        run = client.hget(key, "description")
        if run and worker:  # before the job is queued again, so that its next attempt begins at once
            store.runs.wait_again(run.decode(errors="replace"), job, forgive, worker)
        for queue in QUEUES:
            _give_back(store, queue, member)
    except Exception as error:
        if is_outage(error) or isinstance(error, StoreUnavailable):
            raise
        store.troubles.set_aside(key, f"{type(error).__name__}: {error}")


def _texts(answers: Iterable[bytes]) -> list[str]:
    return [raw.decode(errors="replace") for raw in answers]


def _give_back(store: Store, queue: str, member: str) -> None:
    job, _, execution = member.rpartition(":")
    keys = [f"rq:wip:{queue}", f"rq:job:{job}", f"rq:queue:{queue}", f"rq:executions:{job}", f"rq:execution:{member}"]
    store.client.register_script(GIVE_BACK)(keys=keys, args=[member, job, execution, utcformat(now())])


def rescue(store: Store, queue: str) -> None:
    """Queue again what a worker took and died before it listed it as begun."""
    redis: Any = store.client
    side = f"rq:queue:{queue}:intermediate"
    waiting = redis.lrange(side, 0, -1)
    if not waiting:
        return
    time.sleep(SETTLE_SECONDS)
    rescue = redis.register_script(RESCUE)
    for job in _texts(waiting):
        rescue(keys=[side, f"rq:queue:{queue}", f"rq:wip:{queue}", f"rq:job:{job}"], args=[job])


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
    known = {text.removeprefix(RQ_WORKER) for text in _texts(redis.smembers("rq:workers"))}
    reporting = {w.name for w in store.workers.all()} if silent_seconds else set()
    dead = [name for name in known - ours - reporting if not silent_seconds or _silence(redis, name) >= silent_seconds]
    _each(dead, lambda name: recover_worker(store, name))
    return len(dead)


def _silence(redis: Any, name: str) -> float:
    """Seconds since RQ's last heartbeat of a worker; for ever where its key is gone, or says no time.

    One that lies far ahead says nothing: a clock has been set since. A living worker of such a machine reports.
    """
    beat = redis.hget(RQ_WORKER + name, "last_heartbeat")
    try:
        silence = time.time() - utcparse(beat.decode()).timestamp() if beat else math.inf
    except ValueError:
        return math.inf
    return silence if silence > -AHEAD_SECONDS else math.inf


@translating
def requeue_vanished(store: Store, queue: JobQueue, older_than: float = 5.0) -> int:
    """Queue runs whose job has vanished: their submitter died before it could, or a server lost its tail.

    All live runs are looked at, for a plan alone may have five hundred.

    Returns:
        How many were queued.
    """
    live = [run for run in store.runs.newest({"state": "live"}) if run.status in ("queued", "lost")]
    silent = [run for run in live if run.now - max(run.submitted_at, run.updated_at) > older_than]
    queued: list[bool] = []
    _each(queue.without_job(silent), lambda run: queued.append(queue.ensure_queued(run.key)))
    return sum(queued)


def _each(items: Iterable[Item], step: Callable[[Item], object]) -> None:
    """Take a step for each; what fails for one keeps no other waiting and is raised at the end.

    Raises:
        StoreUnavailable: at once, for it concerns all.
    """
    first: Exception | None = None
    for item in items:
        try:
            step(item)
        except StoreUnavailable:
            raise
        except ConvscopeError as error:
            log.warning("not recovered", extra={"reason": str(error)})
        except Exception as error:
            first = first or error
    if first is not None:
        raise first
