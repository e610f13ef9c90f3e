"""Starts the parts of an installation, restarts what dies, recovers its runs, and takes all along when it ends.

RQ's worker ends with exit code 0 after an outage of Redis, so whatever ends is started again.
"""

import logging
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from functools import partial

from shared.errors import DiskFull, StoreUnavailable
from shared.library.files import sweep
from shared.process_life import child_environment
from shared.queue import JobQueue
from shared.redis_server import EmbeddedServer
from shared.settings import Settings
from shared.store import Store
from worker.service import heartbeat
from worker.service.devices import Slot
from worker.service.invitations import invite_helpers
from worker.service.last_resort import LastResort
from worker.service.orphans import Orphans
from worker.service.recovery import recover_silent, recover_worker, requeue_vanished
from worker.service.scratch import new_scratch, remove_scratch, sweep_scratch

log = logging.getLogger("worker.service.supervisor")

POLL_SECONDS = 0.1
RECOVERING, TELLING = "recovering ", "telling people"
CARE_SECONDS = 3.0
# Of many supervisors one looks after what is everybody's, as often as it would alone.
CARER_SECONDS = 2.5
# Between two tries to start the embedded server again.
SERVER_PAUSE_SECONDS = 1.0
STOP_GRACE_SECONDS = 2.0
# RQ beats every two to five seconds; another machine's worker that is silent for this long is dead.
SILENT_SECONDS = 30.0
# A child that ends within five seconds waits before its next start, longer each time.
YOUNG_SECONDS, LONGEST_PAUSE = 5.0, 10.0
SWEEP_SECONDS = 3600.0
# With less room than this on the disk people are told, before anything fails.
LITTLE_ROOM = 200 * 1024**2


@dataclass
class Child:
    """One process to keep alive. `slot` is set for workers, whose RQ name is new at every start."""

    command: list[str]
    slot: Slot | None = None
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    name: str = ""
    scratch: str = ""
    started: float = 0.0
    pause: float = 0.0
    start_at: float = 0.0

    def start(self) -> None:
        """Start the process, for a worker under a fresh name: RQ refuses a name until its key expires.

        Raises:
            OSError: the system has no room for it.
        """
        command = list(self.command)
        if self.slot is not None:
            self.name = f"{self.slot.queue}-{secrets.token_hex(4)}"
            command += ["--name", self.name]
        self.started = time.monotonic()
        remove_scratch(self.scratch)
        self.scratch = new_scratch()
        environment = child_environment(**{**self.environment, "TMPDIR": self.scratch})
        self.process = subprocess.Popen(command, process_group=0, stdin=subprocess.DEVNULL, env=environment)

    @property
    def alive(self) -> bool:
        """Whether the process exists."""
        return self.process is not None and self.process.poll() is None

    def plan_restart(self) -> None:
        """At once after a long life, later and later after short ones."""
        young = time.monotonic() - self.started < YOUNG_SECONDS
        self.pause = min(LONGEST_PAUSE, max(0.5, self.pause * 2)) if young else 0.0
        self.start_at = time.monotonic() + self.pause
        self.process = None


class Supervisor:
    """One installation's processes on this machine.

    Args:
        settings: of the installation; without a redis_url an embedded server is started.
        slots: the workers.
        dashboard: command of the dashboard; None for none.
    """

    def __init__(self, settings: Settings, slots: list[Slot], dashboard: list[str] | None = None) -> None:
        self._settings = settings
        self._server: EmbeddedServer | None = None
        self._stop = threading.Event()
        self._resort = LastResort()
        self._orphans = Orphans()
        self._told = False
        self._sweep_at = 0.0
        self._cared = 0.0
        self._server_at = 0.0
        self.url = settings.redis_url or self._start_server()
        shared = {"REDIS_URL": self.url, "CONVSCOPE_DATA": str(settings.data.absolute())}
        self.store = Store.open(self.url, settings.cache_budget, patience="page")
        self._queue = JobQueue(self.store, settings.job_timeout)
        self.children = [Child(_worker_command(s), s, {**shared, **_slot_environment(s)}) for s in slots]
        if dashboard is not None:
            self.children.append(Child(dashboard, environment=shared))

    def _start_server(self) -> str:
        # Twice the cache's budget: the append-only file's rewrite and the queue need room beside the results.
        self._server = EmbeddedServer(self._settings.server_folder, 2 * self._settings.cache_budget)
        return self._server.start()

    def run(self) -> None:
        """Start everything and look after it until stop()."""
        try:
            self._await_store()
            self._recover_last_life()
            while not self._stop.is_set():
                self.turn()
                self._stop.wait(POLL_SECONDS)
        finally:
            self._shut_down()

    def stop(self) -> None:
        """Ask run() to end."""
        self._stop.set()

    def _await_store(self) -> None:
        said = False
        while not self._stop.is_set() and not self.store.reachable():
            if not said:
                log.warning("waiting for the store")
                said = True
            self._look_after_server()
            for child in self.children:
                if child.slot is None:  # the dashboard, which says why nothing goes on
                    self._look_after(child)
            self._stop.wait(0.5)

    def _recover_last_life(self) -> None:
        own_server = self._server is not None
        self._resort.attempt("recovering dead workers", partial(
            recover_silent, self.store, set(), 0.0 if own_server else SILENT_SECONDS))  # fmt: skip
        self._resort.attempt("queueing runs without a job", partial(
            requeue_vanished, self.store, self._queue, older_than=0.0 if own_server else 5.0))  # fmt: skip

    def turn(self) -> None:
        """One turn: restart what died, care for what vanished."""
        self._look_after_server()
        for child in self.children:
            self._look_after(child)
        if time.monotonic() - self._cared > CARE_SECONDS:
            self._cared = time.monotonic()
            self._care()

    def _care(self) -> None:
        """Whatever goes wrong here must not end what looks after all others: it is told, and tried again."""
        self._resort.attempt("looking after everybody's runs", self._look_after_all)
        self._resort.attempt("looking after the disk", self._look_at_room)
        self._resort.attempt("removing what killed processes left", self._sweep)
        if self._resort.troubles or self._told:
            texts = [f"{what}: {why}" for what, why in self._resort.troubles.items() if what != TELLING]
            if self._resort.attempt(TELLING, partial(self.store.troubles.tell, socket.gethostname(), texts)) is None:
                self._told = bool(texts)

    def _look_after_all(self) -> None:
        """What is everybody's: one supervisor does it, and another when that one is gone."""
        if not self.store.workers.may_care(socket.gethostname(), CARER_SECONDS):
            return
        ours = {c.name for c in self.children if c.alive}
        self._resort.attempt("recovering dead workers", partial(recover_silent, self.store, ours, SILENT_SECONDS))
        self._resort.attempt("queueing runs without a job", partial(requeue_vanished, self.store, self._queue))
        self._resort.attempt("recovering jobs that nobody has", partial(self._orphans.recover, self.store))
        self._resort.attempt("asking idle workers to help", partial(invite_helpers, self.store, self._queue))

    def _sweep(self) -> None:
        if time.monotonic() < self._sweep_at:
            return
        self._sweep_at = time.monotonic() + SWEEP_SECONDS
        sweep(self._settings.data.absolute())
        sweep_scratch()
        heartbeat.sweep(self._settings.data.absolute())

    def _look_at_room(self) -> None:
        folder = self._settings.data.absolute()
        free = shutil.disk_usage(folder if folder.exists() else "/").free
        if free < LITTLE_ROOM:
            raise DiskFull(f"Only {free / 1024**2:.0f} MiB are free for {folder}. Make room: delete results under "
                           "Storage, or files beside it.")  # fmt: skip

    def _look_after_server(self) -> None:
        """Whatever keeps it from starting may pass: a full disk, a server program that is being installed anew."""
        if self._server is None or self._server.alive or time.monotonic() < self._server_at:
            return
        log.warning("the embedded server died; starting it again")
        try:
            self._server.start()
        except Exception as error:
            log.error("the embedded server did not start", extra={"reason": str(error)})
            self._server_at = time.monotonic() + SERVER_PAUSE_SECONDS

    def _look_after(self, child: Child) -> None:
        if child.process is None:
            if time.monotonic() >= child.start_at:
                self._start(child)
            return
        if child.alive:
            return
        if child.slot is not None:
            error = self._resort.attempt(RECOVERING + child.name, partial(recover_worker, self.store, child.name))
            if isinstance(error, StoreUnavailable):
                return  # again when it is back: its runs must not wait for RQ's timers
            self._resort.forget(RECOVERING + child.name)  # any other error is tried again as a silent worker's
        log.warning("restarting", extra={"child": child.name or child.command[2], "code": child.process.returncode})
        child.plan_restart()

    def _start(self, child: Child) -> None:
        try:
            child.start()
        except OSError as error:
            log.error("a process did not start", extra={"child": child.command[2], "reason": str(error)})
            child.plan_restart()

    def _shut_down(self) -> None:
        """Idle workers end at once; busy ones lose at most the batch under way, and their runs wait."""
        for child in self.children:
            if child.alive:
                child.process.terminate()  # type: ignore[union-attr]
        end = time.monotonic() + STOP_GRACE_SECONDS
        while any(c.alive for c in self.children) and time.monotonic() < end:
            time.sleep(0.05)
        for child in self.children:
            if child.alive:
                child.process.kill()  # type: ignore[union-attr]
            if child.process is not None:
                child.process.wait()
            remove_scratch(child.scratch)
            if child.slot is not None:
                self._resort.attempt(
                    "recovering at the end", partial(recover_worker, self.store, child.name, forgive=True)
                )
        if self._server is not None:
            self._server.stop()


def _worker_command(slot: Slot) -> list[str]:
    return [
        sys.executable, "-m", "worker.service.rq_parent", "--queue", slot.queue, "--device", slot.device,
        "--precisions", ",".join(slot.precisions),
    ]  # fmt: skip


def _slot_environment(slot: Slot) -> dict[str, str]:
    return {**slot.environment(), "CONVSCOPE_DEVICE": slot.device}


def stop_on_signals(supervisor: Supervisor) -> None:
    """End in good order on SIGTERM and Ctrl-C."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop())
