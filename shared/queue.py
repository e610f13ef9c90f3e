"""Submit, cancel and retry runs. Only ids and JSON cross the queue.

RQ delivers a job at least once. What must happen once (a part, an ending) is guarded by the store's
fencing tokens, so a job that is delivered twice does no harm.
"""

import re
import secrets
from collections.abc import Iterable
from typing import Any, Literal

from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job, Retry
from rq.serializers import JSONSerializer

from shared.analyses import JobSpec
from shared.errors import InvalidSpec, RefusedJob, ShareUsedUp, UnknownRun, message
from shared.library.person_share import runs_refusal
from shared.store import RunRecord, Store, Troubles, is_outage, translating_errors

RUN_JOB = "worker.run_job.run_job"
ALLOWED = frozenset({RUN_JOB})
QUEUES = ("interactive", "batch")
# Engine deaths and passing errors come back through RQ's retry; the store's STUCK_LIMIT ends hopeless ones.
RQ_RETRIES = 100
# A helper that dies again and again is let go: the lead makes the part that it died of, and its own deaths are counted.
HELPER_RETRIES = 3

# So many of the jobs that wait first are looked at for one that is a run's own.
LOOKED_AT = 50

# What RQ says of a job that is still to be done.
ALIVE = (b"queued", b"started", b"scheduled", b"deferred")

# A job's name behind its run's key: -<hex>, and -h<number> of one that helps.
_JOB = re.compile(r"-[0-9a-f]+(-h[0-9]+)?$")
_HELPS = re.compile(r"-h[0-9]+$")

Outcome = Literal["submitted", "joined", "complete"]


class SafeJob(Job):
    """A job that may call one function only.

    JSON keeps objects out of the queue, yet RQ imports whatever dotted name a payload holds: without this,
    anyone who can write to Redis runs os.system in a worker. Callbacks and webhooks are the same hole.
    """

    _refused = ""

    def refresh(self) -> None:
        """Read the job; one that cannot be read is set aside, and RQ goes on as if it were gone.

        RQ would end the worker over it, and the next worker, for it lies at the front of the queue. Its run is queued
        anew by whoever looks after vanished jobs.
        """
        try:
            super().refresh()
            self.func_name  # noqa: B018 - unpacks what the payload names
        except NoSuchJobError:
            raise
        except Exception as error:
            if is_outage(error):
                raise
            Troubles(self.connection).set_aside(self.key, f"{type(error).__name__}: {error}")
            raise NoSuchJobError(f"{self.id} could not be read and was set aside") from error

    def restore(self, raw_data: Any, *args: Any, **kwargs: Any) -> None:
        """Read the job's hash; disarm callbacks and webhooks before anything can look at them."""
        super().restore(raw_data, *args, **kwargs)
        names = ("_success_callback_name", "_failure_callback_name", "_stopped_callback_name")
        if self.webhooks or any(getattr(self, name) for name in names):
            self._refused = "a callback or webhook"
        self.webhooks = []
        for name in names:
            setattr(self, name, None)

    @property
    def func(self) -> Any:
        """The function to call.

        Raises:
            RefusedJob: for anything but RUN_JOB.
        """
        offered = self._refused or self.func_name
        if offered not in ALLOWED:
            raise RefusedJob(
                message(f"a job that calls {RUN_JOB}", offered, "Submit runs through Convscope; nothing was run.")
            )
        return super().func


@translating_errors
class JobQueue:
    """The two queues of an installation."""

    def __init__(self, store: Store, job_timeout: int = 24 * 3600) -> None:
        self._store = store
        self._timeout = job_timeout

    def _queue(self, name: str) -> Queue:
        return Queue(name, connection=self._store.client, serializer=JSONSerializer, job_class=SafeJob)

    def submit(self, spec: JobSpec, by: str = "", most: int = 0) -> Outcome:
        """Have a spec computed, unless it is already.

        Args:
            spec: what to compute.
            by: who asks.
            most: how many of their runs may wait and compute in its queue; 0 for any number.

        Returns:
            "submitted" when this call enqueued it, "joined" when it waits or runs already, "complete" when its
            result is there.

        Raises:
            InvalidSpec: when a field still holds "auto" or a given name; the client resolves those.
            ShareUsedUp: so many runs of the person are there already.
            StoreUnavailable: when Redis does not answer.
        """
        if getattr(spec, "precision", None) == "auto":
            raise InvalidSpec("precision is still 'auto': resolve the spec with shared.client.Client first.")
        job = f"{spec.key()}-{secrets.token_hex(4)}"
        answer = self._store.runs.submit(spec, job, by, most)
        if answer == "full":
            raise ShareUsedUp(runs_refusal(most, spec.queue, most, 1))
        if answer != "claimed":
            return answer
        self._enqueue(spec.queue, spec.key(), job)
        for number in range(1, self._workers_for(spec)):
            self._put(spec.queue, spec.key(), f"{job}-h{number}", HELPER_RETRIES)
        return "submitted"

    def _workers_for(self, spec: JobSpec) -> int:
        """How many workers may take part in a run: one, unless its kind is shared and its queue has more."""
        if spec.most_workers == 1:
            return 1
        return min(spec.most_workers, sum(w.queue == spec.queue for w in self._store.workers.all()))

    def invite(self, run: RunRecord) -> None:
        """Queue one more helper's job of a run under way; it goes home by itself where there is nothing to do."""
        number = self._store.shares.next_helper(run.key)
        self._put(run.queue, run.key, f"{_HELPS.sub('', run.job)}-h{number}", HELPER_RETRIES)

    def run_waits(self, queue: str) -> bool:
        """Whether a run waits in a queue that nobody has begun; jobs of those who would help with another are none."""
        client: Any = self._store.client
        jobs = client.lrange(f"rq:queue:{queue}", 0, LOOKED_AT - 1)
        return any(not _HELPS.search(job.decode(errors="replace")) for job in jobs)

    def _enqueue(self, queue: str, key: str, job: str) -> None:
        self._put(queue, key, job, RQ_RETRIES)
        self._store.runs.take_turns(self._queue(queue).key, job)

    def _put(self, queue: str, key: str, job: str, retries: int) -> None:
        self._queue(queue).enqueue_call(
            RUN_JOB,
            args=[key],
            job_id=job,
            description=key,
            timeout=self._timeout,
            result_ttl=60,
            failure_ttl=24 * 3600,
            retry=Retry(max=retries, enqueue_at_front=True),
        )

    def cancel(self, key: str) -> bool:
        """Ask a run to stop. A waiting run ends at once, a running one after its present step.

        Returns:
            Whether there was anything to stop.

        Raises:
            UnknownRun: no such run.
        """
        run = self._store.runs.get(key)
        if not run.kind:
            raise UnknownRun(message("the key of a run", key, "See Jobs (in a terminal: `convscope jobs`)."))
        if run.over:
            return False
        self._store.runs.request_cancel(key)
        if run.status != "running":
            self._take_out(run.queue, run.job)
            if self._store.runs.get(key).status != "running":
                self._store.runs.end_cancelled(key)
        return True

    def _take_out(self, queue: str, job: str) -> None:
        # Gone already, or just begun: then begin() and every step read the flag.
        if self._store.client.lrem(self._queue(queue).key, 0, job):
            self._delete(queue, job)

    def hand_over(self, key: str, job: str, worker: str) -> bool:
        """Let the batch queue go on with a run that holds up the interactive one; its parts are kept.

        Args:
            key: the run.
            job: of the attempt that ends with this.
            worker: that makes it.

        Returns:
            False where it is over or another's by now.
        """
        other = f"{key}-{secrets.token_hex(4)}"
        if not self._store.runs.wait_again(key, job, forgive=True, worker=worker, by=("batch", other)):
            return False
        self._enqueue("batch", key, other)
        return True

    def ensure_queued(self, key: str) -> bool:
        """Enqueue a waiting run whose job has vanished (a submitter died between record and queue).

        Returns:
            Whether it was enqueued again.
        """
        run = self._store.runs.get(key)
        if run.status not in ("queued", "lost") or not self.without_job([run]):
            return False
        if run.status == "lost" and not self._store.runs.wait_again(key, run.job):
            return False
        self._delete(run.queue, run.job)
        self._enqueue(run.queue, key, run.job)
        return True

    def without_job(self, runs: Iterable[RunRecord]) -> list[RunRecord]:
        """Those of some runs whose job is over or has vanished; one round trip, however many there are."""
        runs = list(runs)
        pipe = self._store.client.pipeline(transaction=False)
        for run in runs:
            pipe.hget(SafeJob.key_for(run.job), "status")
        return [run for run, status in zip(runs, pipe.execute(), strict=True) if status not in ALIVE]

    def _delete(self, queue: str, job: str) -> None:
        """Drop all that RQ keeps of a job that is over.

        RQ's own delete() opens every execution that it lists, and it lists one a minute longer than it keeps it.
        """
        client: Any = self._store.client
        listed = client.zrange(wip := f"rq:wip:{queue}", 0, -1)
        pipe = client.pipeline()
        for member in listed:
            if member.decode().rpartition(":")[0] == job:
                pipe.zrem(wip, member)
        for registry in ("failed", "finished", "canceled"):
            pipe.zrem(f"rq:{registry}:{queue}", job)
        pipe.lrem(self._queue(queue).key, 0, job)
        pipe.delete(SafeJob.key_for(job), f"rq:executions:{job}", f"rq:results:{job}")
        pipe.execute()

    def ahead(self, queue: str, job: str = "") -> list[str]:
        """Keys of the runs that wait before a job, the next one first; of all that wait, without one."""
        client: Any = self._store.client
        jobs = [one.decode(errors="replace") for one in client.lrange(f"rq:queue:{queue}", 0, -1)]
        before = jobs[: jobs.index(job)] if job in jobs else jobs
        return list(dict.fromkeys(_JOB.sub("", one) for one in before))

    def first(self, queue: str) -> str:
        """Key of the run that waits longest in a queue; "" where none does."""
        job: Any = self._store.client.lindex(f"rq:queue:{queue}", 0)
        return _JOB.sub("", job.decode(errors="replace")) if job else ""

    def waiting(self, queue: str) -> int:
        """How many jobs wait in a queue; a plain length, because RQ's counts run clean-up code."""
        return int(self._store.client.llen(f"rq:queue:{queue}"))
