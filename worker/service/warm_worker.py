"""The RQ parent: takes jobs from one queue and hands them to its engine. Never imports TensorFlow.

RQ keeps what it is good at (heartbeats, retries, registries); forking a fresh process for every job is
replaced by one that is warm.
"""

import contextlib
import json
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from rq import Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty, HorseMonitorTimeoutException

from shared.process_life import child_environment
from shared.queue import SafeJob
from shared.store import Store
from worker.service.engine_protocol import DONE, READY, READY_FD
from worker.service.scratch import new_scratch, remove_scratch

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
        self._engine: subprocess.Popen[bytes] | None = None
        self._ready_pipe = -1
        self._scratch = ""
        self._warm = False
        self._cancel_seen = 0.0
        self.store: Store | None = None
        self.current_key = self.current_job = ""
        self.jobs_ended = 0
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
        if not self._warm and self._ready_pipe >= 0 and select.select([self._ready_pipe], [], [], 0)[0]:
            self._warm = os.read(self._ready_pipe, 1) == READY
        return self._warm

    def start_engine(self) -> None:
        """Start the engine unless it runs. From the main thread: it dies with the thread that made it."""
        if self._engine is not None and self._engine.poll() is None:
            return
        self._close_pipes()
        remove_scratch(self._scratch)  # what a killed engine was about to write
        self._scratch = new_scratch()
        self._ready_pipe, write_end = os.pipe()
        self._engine = subprocess.Popen(
            [sys.executable, "-m", "worker.service.engine"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,
            pass_fds=[write_end],
            env=child_environment(**self.engine_environment, **{READY_FD: str(write_end), "TMPDIR": self._scratch}),
        )
        os.close(write_end)
        self._warm = False

    def _close_pipes(self) -> None:
        if self._engine is not None:
            for pipe in (self._engine.stdin, self._engine.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]
        if self._ready_pipe >= 0:
            os.close(self._ready_pipe)
            self._ready_pipe = -1

    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        """Begin to warm the engine before the first job comes."""
        super().bootstrap(*args, **kwargs)
        self.start_engine()

    def fork_work_horse(self, job: Job, queue: Any) -> None:
        """Hand a job to the engine."""
        self.start_engine()
        engine, execution = self._engine, self.execution
        assert engine is not None and engine.stdin is not None and execution is not None
        self.current_key, self.current_job = job.description or "", job.id
        self.changed.set()
        self._cancel_seen = 0.0
        self._horse_pid = engine.pid
        task = {"worker": self.key, "job": job.id, "queue": queue.name, "execution": execution.id}
        with contextlib.suppress(BrokenPipeError):  # it died meanwhile: wait_for_horse() finds out
            engine.stdin.write((json.dumps(task) + "\n").encode())
            engine.stdin.flush()

    def wait_for_horse(self) -> Any:
        """Wait for the engine's byte, or its end; meanwhile end it where a cancelled run does not stop.

        Raises:
            HorseMonitorTimeoutException: it is time to beat, and to wait again.
        """
        engine, end = self._engine, time.monotonic() + MONITOR_SECONDS
        assert engine is not None and engine.stdout is not None
        while not select.select([engine.stdout], [], [], POLL_SECONDS)[0]:
            self._enforce_cancel()
            if time.monotonic() > end:
                raise HorseMonitorTimeoutException
        if os.read(engine.stdout.fileno(), 1) == DONE:
            return engine.pid, os.EX_OK, None
        ended = os.wait4(engine.pid, 0)
        engine.returncode = os.waitstatus_to_exitcode(ended[1])
        self._close_pipes()
        self._engine = None
        return ended

    def _enforce_cancel(self) -> None:
        if self.store is None or not self.current_key or not self.store.runs.cancel_requested(self.current_key):
            return
        self._cancel_seen = self._cancel_seen or time.monotonic()
        if time.monotonic() - self._cancel_seen > CANCEL_GRACE_SECONDS:
            self.store.runs.end_cancelled(self.current_key)
            log.warning("cancel: ending an engine that is in a long call", extra={"key": self.current_key})
            self._stopped_job_id = self.execution.job_id if self.execution else None
            self.kill_horse()

    def kill_horse(self, sig: signal.Signals = signal.SIGKILL) -> None:
        """End the engine."""
        if self._engine is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._engine.pid, sig)

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
        self.changed.set()
        self.start_engine()

    def stop_engine(self) -> None:
        """End the engine and wait for it."""
        self.kill_horse()
        if self._engine is not None:
            self._engine.wait()
        remove_scratch(self._scratch)


def no_retry_of_final_failures(job: Job, kind: type[BaseException], *_: Any) -> bool:
    """RQ's handler of a job's error: what cannot pass is not tried again."""
    from shared.errors import PermanentError

    if issubclass(kind, PermanentError):
        job.retries_left = 0
    return True
