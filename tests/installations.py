"""A whole installation in processes of its own, for tests that kill parts of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from shared.analyses import FilterAtlas
from shared.client import Client
from shared.errors import StoreUnavailable
from shared.settings import Settings
from shared.store import RunRecord

# A real network whose atlas takes some seconds here: long enough to be hit in its middle.
SLOW = FilterAtlas(
    model="keras/mobilenetv2/random", layer="block_1_expand_relu", size=96, steps=40, precision="float32"
)
QUICK = FilterAtlas(
    model="keras/mobilenetv2/random", layer="Conv1", size=32, steps=2, channels=(0, 1), precision="float32"
)


class Installation:
    """Supervisor, RQ parents and engines on a folder; with an own server unless a REDIS_URL is given."""

    def __init__(self, data: Path, redis_url: str | None = None, workers: str = "interactive=1,batch=1") -> None:
        self.data = data
        self.redis_url = redis_url
        self.workers = workers
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Client:
        """Start everything and wait until every worker is warm."""
        data = str(self.data)
        environment = {k: v for k, v in os.environ.items() if k not in ("REDIS_URL", "CONVSCOPE_DATA")}
        environment |= {"CONVSCOPE_DATA": data, "CUDA_VISIBLE_DEVICES": "-1"}
        if self.redis_url:
            environment["REDIS_URL"] = self.redis_url
        self.data.mkdir(parents=True, exist_ok=True)
        with open(self.data / "log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "worker.main", "workers", "--workers", self.workers, "--data", data],
                env=environment, stdout=log, stderr=log, process_group=0,
            )  # fmt: skip
        self.wait_until(self._warm, 120, "workers warm")
        return self.client()

    def settings(self) -> Settings:
        """Settings that lead to this installation."""
        return Settings(redis_url=self.redis_url, data=self.data, user="tester")

    def client(self) -> Client:
        """A client of this installation."""
        return Client(self.settings())

    def _warm(self) -> bool:
        try:
            workers = self.client().store.workers.all()
        except StoreUnavailable:
            return False
        wanted = sum(int(word.partition("=")[2]) for word in self.workers.split(","))
        return len(workers) >= wanted and all(w.state != "warming" for w in workers)

    def processes(self, module: str = "") -> list[psutil.Process]:
        """Descendants of the supervisor, or those of one module ("worker.engine", "worker.rq_parent")."""
        assert self.process is not None
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [p for p in found if module in " ".join(p.cmdline())]

    def kill_supervisor(self) -> list[psutil.Process]:
        """SIGKILL the supervisor; returns what it had started."""
        assert self.process is not None
        family = self.processes()
        self.process.kill()
        self.process.wait()
        return family

    def stop(self) -> None:
        """End in good order."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)

    def log(self) -> str:
        """What the processes wrote."""
        return (self.data / "log").read_text(errors="replace")

    def wait_until(self, true: Callable[[], object], seconds: float, what: str) -> None:
        """Wait for a condition, with a deadline that shows the log's end."""
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                raise AssertionError(f"not {what} after {seconds} s; the log ends:\n{self.log()[-3000:]}")
            time.sleep(0.02)

    def wait_for_parts(self, client: Client, key: str, count: int, seconds: float = 60) -> RunRecord:
        """Wait until a run has some finished parts and is still going on."""
        self.wait_until(lambda: client.record(key).done >= count or client.record(key).over, seconds, f"{count} parts")
        run = client.record(key)
        assert run.status == "running", f"{run.status}: too late to disturb it"
        return run


def gone(processes: list[psutil.Process]) -> bool:
    """Whether none of the processes lives; a zombie that nobody reaped does not."""
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)
