"""The process around one RQ parent: its report to the store, its lease renewals, its orderly end."""

import argparse
import contextlib
import logging
import os
import secrets
import socket
import threading
import time

from shared.errors import StoreUnavailable
from shared.log_lines import log_to_stderr
from shared.process_life import end_with_parent
from shared.settings import get_settings
from shared.store import IDLE_REPORT_SECONDS, REPORT_SECONDS, Store, WorkerRecord
from worker.service.devices import resident_bytes
from worker.service.engine_protocol import NICE, NICE_BY_QUEUE, engine_name
from worker.service.heartbeat import touch, withdraw
from worker.service.imagenet_files import imagenet_at_hand
from worker.service.last_resort import Said
from worker.service.warm_worker import WarmWorker

log = logging.getLogger("worker.parent")
# Every so often a worker looks again whether ImageNet weights are to be had.
WEIGHTS_SECONDS = 600.0


def main() -> None:
    """Work on one queue until told to stop."""
    end_with_parent()
    args = _arguments()
    settings = get_settings()
    log_to_stderr(settings.log_level)
    assert settings.redis_url is not None
    store = Store.open(settings.redis_url, settings.cache_budget, patience="worker")
    priority = {NICE: str(NICE_BY_QUEUE[args.queue])}
    worker = WarmWorker.listening(args.queue, store, args.name, priority)
    if args.queue == "interactive":
        worker.serve_quickly(settings)
    reporter = Reporter(worker, args)
    reporter.start()
    try:
        worker.work(logging_level="WARNING")
    finally:
        reporter.stop()
        worker.stop_engine()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="worker.service.rq_parent")
    parser.add_argument("--queue", required=True)
    parser.add_argument("--name", default=f"w-{secrets.token_hex(6)}")
    parser.add_argument("--device", default="CPU")
    parser.add_argument("--precisions", default="float32")
    return parser.parse_args()


class Reporter(threading.Thread):
    """Tells the store every two seconds what this worker does, and renews its run's lease.

    A thread of the parent, so it goes on while the engine is in a native call that holds the interpreter.
    """

    def __init__(self, worker: WarmWorker, args: argparse.Namespace) -> None:
        super().__init__(daemon=True, name="reporter")
        settings = get_settings()
        assert settings.redis_url is not None
        # A connection of its own: RQ raises the timeout of the worker's to minutes.
        self._store = Store.open(settings.redis_url, patience="page")
        self._worker = worker
        self._args = args
        self._since = time.time()
        self._ended = threading.Event()
        self._asked_for = (0, -1)
        self._models: tuple[str, ...] = ()
        self._imagenet: tuple[str, ...] | None = None
        # Nobody waits for an answer of the internet.
        threading.Thread(target=self._look_for_weights, daemon=True, name="weights").start()

    def run(self) -> None:
        """Report until stopped; whatever keeps it from that is said once, for without it the worker looks dead."""
        said = Said()
        while not self._ended.is_set():
            try:
                self._report()
                if said.over():
                    log.warning("reports again")
            except Exception as error:
                if said.is_new(reason := f"{type(error).__name__}: {error}"):
                    log.warning("cannot report", extra={"reason": reason})
            self._worker.changed.wait(self._pause())
            self._worker.changed.clear()

    def _pause(self) -> float:
        if not self._worker.warm:
            return REPORT_SECONDS / 4
        return REPORT_SECONDS if self._worker.current_key else IDLE_REPORT_SECONDS

    def _warm_models(self) -> tuple[str, ...]:
        """What the engine has warm: it says so after a job, and nothing else changes it."""
        now = (self._worker.engine_pid, self._worker.jobs_ended)
        if self._asked_for != now:
            self._models = self._store.workers.models_of(engine_name(self._worker.engine_pid))
            self._asked_for = now
        return self._models

    def _report(self) -> None:
        key = self._worker.current_key
        if key and self._worker.engine_pid:
            self._store.runs.renew(key, self._worker.current_job)
        self._store.workers.report(
            WorkerRecord(
                name=self._args.name,
                queue=self._args.queue,
                state=self._state(key),
                run=key,
                device=self._args.device,
                memory=resident_bytes(self._worker.engine_pid),
                precisions=tuple(self._args.precisions.split(",")),
                models=self._warm_models(),
                host=socket.gethostname(),
                pid=os.getpid(),
                engine_pid=self._worker.engine_pid,
                started_at=self._since,
                seen_at=time.time(),
                imagenet=self._imagenet or (),
                weights_known=self._imagenet is not None,
            )
        )
        touch(get_settings().data, self._args.queue)

    def _look_for_weights(self) -> None:
        while True:
            self._imagenet = imagenet_at_hand(get_settings())
            if self._ended.wait(WEIGHTS_SECONDS):
                return

    def _state(self, key: str) -> str:
        if not self._worker.warm:
            return "warming"
        return "busy" if key else "idle"

    def stop(self) -> None:
        """Withdraw the report."""
        self._ended.set()
        self._worker.changed.set()
        withdraw(get_settings().data, self._args.queue)
        with contextlib.suppress(StoreUnavailable):
            self._store.workers.withdraw(self._args.name)


if __name__ == "__main__":
    main()
