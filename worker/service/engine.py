"""The persistent child: imports TensorFlow once, keeps models warm, runs one job after the other.

The parent writes a JSON line a job to standard input and reads one byte back when the job is over. The
engine dies with its parent, and its death takes no parent with it.
"""

import contextlib
import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from shared.errors import StoreUnavailable
from shared.log_lines import log_to_stderr
from shared.process_life import end_with_parent
from shared.settings import get_settings
from worker.service.engine_protocol import DONE, NICE, READY, READY_FD, engine_name

if TYPE_CHECKING:
    from shared.library import Library

log = logging.getLogger("worker.service.engine")

CHATTER = ("I0000", "WARNING: All log messages before absl", "To enable the following instructions")


def main() -> None:
    """Run jobs until standard input ends."""
    end_with_parent()
    os.nice(int(os.environ.get(NICE, "0")))  # before TensorFlow starts its threads, which keep what they began with
    protocol = _keep_protocol_apart()
    settings = get_settings()
    log_to_stderr(settings.log_level)
    with _without_chatter():
        runner = _Runner()
    os.write(int(os.environ[READY_FD]), READY)
    log.info("warm", extra={"pid": os.getpid()})
    for line in sys.stdin:
        if runner.run(json.loads(line)):
            os._exit(os.EX_OK)  # the parent starts another; it takes this end for the end of the job
        os.write(protocol, DONE)


def _keep_protocol_apart() -> int:
    """Standard output for the protocol alone; whatever prints goes to standard error."""
    protocol = os.dup(1)
    os.dup2(2, 1)
    return protocol


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Keep TensorFlow's start-up remarks, which no log level silences, out of the log; errors pass."""
    keep = os.dup(2)
    with tempfile.TemporaryFile() as spool:
        os.dup2(spool.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(keep, 2)
            os.close(keep)
            spool.seek(0)
            lines = spool.read().decode(errors="replace").splitlines()
            for line in lines:
                if line.strip() and not line.startswith(CHATTER):
                    print(line, file=sys.stderr, flush=True)


class _Runner:
    """What RQ's forked child would do, without the fork."""

    def __init__(self) -> None:
        from shared.library import Library
        from shared.store import Store
        from worker.service.run_job import Resources, set_engine_resources

        settings = get_settings()
        assert settings.redis_url is not None
        self._store = Store.open(settings.redis_url, settings.cache_budget, patience="worker")
        self._connection = self._store.client
        library, memory = Library(settings), _limit_device_memory()
        self._resources = Resources(self._store, library, self._context(library, memory), self._facts)
        set_engine_resources(self._resources)

    def _facts(self, spec: Any) -> dict[str, Any]:
        assumed = self._models.assumed_scales(spec.canonical_json())
        return {**run_facts(spec), **({"assumed_scales": assumed} if assumed else {})}

    def _context(self, library: "Library", device_memory: int) -> Any:
        from worker.analyses.context import RunContext
        from worker.networks.models import WarmModels

        self._models = models = WarmModels(library)
        limit = library.settings.device_memory or device_memory
        return lambda finished: RunContext(models, library, finished, limit)

    def run(self, task: dict[str, str]) -> bool:
        """Perform one job in RQ's way: its record, its result, its retry; whether this engine must end after it."""
        from rq import Queue
        from rq.executions import Execution
        from rq.serializers import JSONSerializer

        from shared.queue import SafeJob
        from worker.service.warm_worker import WarmWorker

        worker: Any = WarmWorker.find_by_key(
            task["worker"], connection=self._connection, serializer=JSONSerializer, job_class=SafeJob
        )
        if worker is None:
            log.warning("the worker of this job is gone", extra=task)
            return False
        worker.act_as_engine()
        job = SafeJob.fetch(task["job"], connection=self._connection, serializer=JSONSerializer)
        queue = Queue(task["queue"], connection=self._connection, serializer=JSONSerializer, job_class=SafeJob)
        execution = Execution.fetch(task["execution"], task["job"], connection=self._connection)
        execution._job = job
        worker.execution = execution
        worker.perform_job(job, queue, execution)
        with contextlib.suppress(StoreUnavailable):
            self._store.workers.note_models(engine_name(os.getpid()), self._models.titles())
        return self._resources.held


def _limit_device_memory() -> int:
    """Grow on the card as needed, below the share that the supervisor gave.

    Returns:
        Bytes that a batch may be sized to; 0 on the processor.
    """
    import tensorflow as tf

    limit = int(os.environ.get("CONVSCOPE_GPU_LIMIT", "0"))
    cards = tf.config.list_physical_devices("GPU")
    if not cards:
        tf.linalg.matmul(tf.ones((8, 8)), tf.ones((8, 8)))  # the first operation starts the thread pools
        return 0
    for card in cards:
        if limit:
            share = tf.config.LogicalDeviceConfiguration(memory_limit=limit // 1024**2)
            tf.config.set_logical_device_configuration(card, [share])
        else:
            tf.config.experimental.set_memory_growth(card, True)
    return limit or int(os.environ.get("CONVSCOPE_GPU_MEMORY", "0"))


def run_facts(spec: Any) -> dict[str, Any]:
    """Device, precision and versions, kept with every result."""
    packages = ("tensorflow-cpu", "tensorflow", "keras", "numpy")
    versions = {name: found for name in packages if (found := _version(name))}
    return {
        "device": os.environ.get("CONVSCOPE_DEVICE", "CPU"),
        "precision": getattr(spec, "precision", "float32"),
        "versions": versions | {"convscope": _version("convscope-server")},
    }


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError

    try:
        return version(package)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main()
