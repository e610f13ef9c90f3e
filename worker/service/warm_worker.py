"""The RQ parent: takes jobs from one queue and hands them to its engine. Never imports TensorFlow.

RQ keeps what it is good at (heartbeats, retries, registries); forking a fresh process for every job is
replaced by one that is warm.
"""

import logging
import os
import signal
import threading
import time
from typing import Any

from rq import Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty, HorseMonitorTimeoutException

from shared.errors import StoreUnavailable, TakesTooMuch
from shared.library import Library
from shared.library.notices import tell_the_end_quietly
from shared.queue import JobQueue, SafeJob
from shared.settings import Settings, get_settings
from shared.store import Store
from worker.service.engine_limits import most_memory, over_memory, over_time
from worker.service.engine_process import EngineProcess
from worker.service.engine_protocol import DONE
from worker.service.turn import hand_over_where_others_wait

log = logging.getLogger("worker.parent")

MONITOR_SECONDS = 2
# An idle worker waits this long for a job, less 15 s, before it beats and asks again: a dozen commands each time. It
# must beat within recovery's patience, see supervisor.SILENT_SECONDS.
WORKER_TTL = 40
# RQ's own look after lost jobs; supervisors look every few seconds.
MAINTENANCE_SECONDS = 20
POLL_SECONDS = 0.2
# After this long a cancelled run that has not stopped by itself is in a long native call: end the engine.
CANCEL_GRACE_SECONDS = 0.6
# An interactive run whose time is over while others wait is handed over by its engine; one that does not in so long
# cannot, for a native call holds the interpreter.
HELD_SECONDS = 2.5
# A spare engine is warmed when nobody has asked for anything for so long, or one run has taken so long.
IDLE_SECONDS, LONG_SECONDS = 10.0, 3.0
# Between two tries to have one: it may have died for want of memory.
SPARE_PAUSE_SECONDS = 60.0


class NoAlarm(BaseDeathPenalty):
    """In place of RQ's alarm signal, which a parent needs to beat while its engine works.

    It raises wherever the parent is: after the engine's byte was read, which was lost with it, or where an error is
    swallowed, and no heart beat after that. wait_for_horse() looks at the clock instead.
    """

    def setup_death_penalty(self) -> None:
        """Nothing is set."""

    def cancel_death_penalty(self) -> None:
        """Nothing was set."""


class WarmWorker(Worker):
    """An RQ worker with a persistent engine for a work horse."""

    job_class = SafeJob

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._engine: EngineProcess | None = None
        self._spare: EngineProcess | None = None
        self._keeps_spare = False
        self._spare_at = 0.0
        self._turn_seconds = 0.0
        self._queue: JobQueue | None = None
        self._began = self._rests = time.monotonic()
        self._ask_at = self._cancel_seen = 0.0
        self.store: Store | None = None
        self.current_key = self.current_job = ""
        self.jobs_ended = 0
        self.most_memory = most_memory(get_settings())
        self.changed = threading.Event()  # wakes whoever reports what this worker does
        self.engine_environment: dict[str, str] = {}

    @classmethod
    def listening(cls, queue: str, store: Store, name: str, environment: dict[str, str]) -> "WarmWorker":
        """A worker for one queue. With several queues RQ would pop without a safety copy and could lose a job."""
        worker = cls(
            [queue],
            name=name,
            connection=store.client,
            serializer=JSONSerializer,
            job_class=SafeJob,
            worker_ttl=WORKER_TTL,
            job_monitoring_interval=MONITOR_SECONDS,
            maintenance_interval=MAINTENANCE_SECONDS,
            log_job_description=False,
        )
        worker.death_penalty_class = NoAlarm
        worker.store = store
        worker.engine_environment = environment
        return worker

    def serve_quickly(self, settings: Settings) -> None:
        """Let nobody wait long behind one run: of an interactive worker. A spare engine stands by, and a run that holds
        the engine is taken from it."""
        self._keeps_spare = settings.spare_engine
        if settings.interactive_seconds and self.store is not None:
            self._turn_seconds = settings.interactive_seconds + HELD_SECONDS
            self._queue = JobQueue(self.store, settings.job_timeout)

    def act_as_engine(self) -> None:
        """Called on the engine's own copy: no hostname check, and final failures are not retried."""
        self.hostname = ""
        self._is_horse = True
        self.push_exc_handler(no_retry_of_final_failures)

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """RQ adds a minute, which a dead worker's jobs would wait."""
        return MONITOR_SECONDS * 3

    @property
    def engine_pid(self) -> int:
        """Process number of the engine, 0 while there is none."""
        return self._engine.pid if self._engine else 0

    @property
    def warm(self) -> bool:
        """Whether the engine has imported TensorFlow."""
        return self._engine is not None and self._engine.warm

    def start_engine(self) -> None:
        """Have an engine: the one that runs, the spare one, or a new one. From the main thread; see EngineProcess."""
        if self._engine is not None:
            if self._engine.alive:
                return
            self._engine.clear()
        spare, self._spare = self._spare, None
        if spare is not None and not spare.alive:
            spare.clear()
            spare = None
        self._engine = spare or EngineProcess.start(self.engine_environment)

    def _stand_by(self) -> None:
        """Have a spare engine, once the first is warm: both at once would take twice as long to be."""
        if not self._keeps_spare or not self.warm or time.monotonic() < self._spare_at:
            return
        if self._spare is not None:
            if self._spare.alive:
                return
            self._spare.clear()
        self._spare_at = time.monotonic() + SPARE_PAUSE_SECONDS
        self._spare = EngineProcess.start(self.engine_environment)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """RQ's own; between two jobs also the time for a spare engine."""
        super().heartbeat(timeout, pipeline)
        if not self.current_key and time.monotonic() - self._rests > IDLE_SECONDS:
            self._stand_by()

    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        """Begin to warm the engine before the first job comes."""
        super().bootstrap(*args, **kwargs)
        self.start_engine()

    def fork_work_horse(self, job: Job, queue: Any) -> None:
        """Hand a job to the engine."""
        self.start_engine()
        engine, execution = self._engine, self.execution
        assert engine is not None and execution is not None
        self.current_key, self.current_job = job.description or "", job.id
        self.changed.set()
        self._cancel_seen, self._began = 0.0, time.monotonic()
        self._horse_pid = engine.pid
        engine.hand({"worker": self.key, "job": job.id, "queue": queue.name, "execution": execution.id})

    def wait_for_horse(self) -> Any:
        """Wait for the engine's byte, or its end; meanwhile end it where a cancelled run does not stop, where it takes
        more memory than it may, or where it cannot make room for others.

        Raises:
            HorseMonitorTimeoutException: it is time to beat, and to wait again.
        """
        engine, end = self._engine, time.monotonic() + MONITOR_SECONDS
        assert engine is not None
        while (said := engine.said(POLL_SECONDS)) is None:
            self._enforce_cancel()
            self._refuse(over_memory(engine.pid, self.most_memory))
            if not engine.warm:
                self._began = time.monotonic()  # what it takes to warm is nobody's turn
            self._enforce_turn()
            if time.monotonic() - self._began > LONG_SECONDS:
                self._stand_by()
            if time.monotonic() > end:
                raise HorseMonitorTimeoutException
        if said == DONE:
            return engine.pid, os.EX_OK, None
        ended = engine.wait()
        self._refuse(over_time(ended[1], get_settings()))
        engine.clear()
        self._engine = None
        return ended

    def _enforce_cancel(self) -> None:
        if self.store is None or not self.current_key or not self.store.runs.cancel_requested(self.current_key):
            return
        self._cancel_seen = self._cancel_seen or time.monotonic()
        if time.monotonic() - self._cancel_seen > CANCEL_GRACE_SECONDS:
            self.store.runs.end_cancelled(self.current_key)
            log.warning("cancel: ending an engine that is in a long call", extra={"key": self.current_key})
            self._end_job()

    def _enforce_turn(self) -> None:
        """Hand the run over in the engine's place, which has had its time for it and does not."""
        now = time.monotonic()
        if self.store is None or self._queue is None or now < max(self._began + self._turn_seconds, self._ask_at):
            return
        self._ask_at = now + HELD_SECONDS
        try:
            handed = hand_over_where_others_wait(self.store, self._queue, self.current_key, self.current_job, self.name)
        except StoreUnavailable:
            return
        if handed:
            log.warning("ending an engine that holds up others", extra={"key": self.current_key})
            self._end_job()

    def _refuse(self, why: str) -> None:
        """Let the run fail for what its engine took, and end that; "" is no reason. Of a shared run the one that leads
        takes as much, and says so."""
        if not why or (self.execution and self._stopped_job_id == self.execution.job_id):
            return
        log.warning("ending an engine at its limits", extra={"key": self.current_key, "reason": why})
        if self.store is not None:
            try:
                if self.store.runs.get(self.current_key).job != self.current_job:
                    self.store.runs.wait_again(self.current_key, self.current_job, worker=self.name)
                else:
                    self.store.runs.fail(self.current_key, None, TakesTooMuch.__name__, why)
                    tell_the_end_quietly(self.store, Library(get_settings()), self.current_key)
            except StoreUnavailable:  # RQ tries the job again, and it ends here again
                self.kill_horse()
                return
        self._end_job()

    def _end_job(self) -> None:
        """End the engine; RQ shall not try the job again."""
        self._stopped_job_id = self.execution.job_id if self.execution else None
        self.kill_horse()

    def kill_horse(self, sig: signal.Signals = signal.SIGKILL) -> None:
        """End the engine."""
        if self._engine is not None:
            self._engine.kill(sig)

    def handle_work_horse_killed(self, job: Job, retpid: Any, ret_val: Any, rusage: Any) -> None:
        """The engine died in a run: its lease is worth nothing now, and RQ is about to queue the job again."""
        super().handle_work_horse_killed(job, retpid, ret_val, rusage)
        if self.store is not None:
            self.store.runs.wait_again(self.current_key, job.id, worker=self.name)

    def monitor_work_horse(self, job: Job, queue: Any, execution: Any) -> None:
        """Watch the engine through one job and have it warm again afterwards."""
        super().monitor_work_horse(job, queue, execution)
        self.current_key = ""
        self.jobs_ended += 1
        self._rests = time.monotonic()
        self.start_engine()
        self.changed.set()

    def stop_engine(self) -> None:
        """End the engine, and the spare one, and wait for them."""
        for engine in filter(None, (self._engine, self._spare)):
            engine.kill()
            engine.clear()


def no_retry_of_final_failures(job: Job, kind: type[BaseException], *_: Any) -> bool:
    """RQ's handler of a job's error: what cannot pass is not tried again."""
    from shared.errors import PermanentError

    if issubclass(kind, PermanentError):
        job.retries_left = 0
    return True
