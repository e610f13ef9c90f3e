"""A playground asked for beside a model that holds the interactive engine: seconds from asking to the answer.

The model's one native call takes a minute. Once its run has begun, by itself and with its engine stopped, which is what
a call that keeps the interpreter does, somebody asks for something quick.
"""

import os
import signal
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from shared.analyses import Activations, Playground
from shared.client import Client
from shared.store import WorkerRecord
from tests.fixtures.installations import Installation
from tests.system.test_cancel import add_slow_model

GOAL = 10.0
ROUNDS = 3


def main() -> None:
    """Print the seconds of each round, and what the spare engine holds in memory."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "data", environment={"CONVSCOPE_SPARE_ENGINE": "1"})
        client = installation.start(600)
        try:
            model = add_slow_model(client, Path(folder))
            print(f"the spare engine: {_spare(client, installation).memory_full_info().uss / 1e6:.0f} MB of its own")
            for what, stopped in (("a call of a minute", False), ("a call that keeps the interpreter", True)):
                found = [_seconds(client, installation, model, 30 + 2 * n + stopped, stopped) for n in range(ROUNDS)]
                print(f"beside {what}: {statistics.median(found):.1f} s of {', '.join(f'{s:.1f}' for s in found)} "
                      f"(goal: below {GOAL:.0f})")  # fmt: skip
        finally:
            installation.stop()


def _worker(client: Client) -> WorkerRecord:
    return next(one for one in client.store.workers.all() if one.queue == "interactive")


def _spare(client: Client, installation: Installation) -> psutil.Process:
    """The engine that stands by, when it has been warm for a moment."""
    while True:
        worker = _worker(client)
        for engine in installation.processes("worker.service.engine"):
            if (
                engine.ppid() == worker.pid
                and engine.pid != worker.engine_pid
                and time.time() > engine.create_time() + 30
            ):
                return engine
        time.sleep(0.2)


def _seconds(client: Client, installation: Installation, model: str, size: int, stopped: bool) -> float:
    _spare(client, installation)
    client.run(Playground(size=(size + 100, size + 100)), timeout=600)
    key, _ = client.submit(Activations(model=model, image="sample/cat"))
    installation.wait_until(lambda: _worker(client).run == key, 60, "begun")
    if stopped:
        os.kill(_worker(client).engine_pid, signal.SIGSTOP)
    begun = time.perf_counter()
    client.run(Playground(size=(size, size)), timeout=600)
    seconds = time.perf_counter() - begun
    client.cancel(key)
    client.wait(key, timeout=600)
    client.store.runs.forget(key)
    return seconds


if __name__ == "__main__":
    main()
