"""What workers with nothing to do ask of Redis: commands a second, by command, and what a hundred of them come to.

Some things are asked once for all workers and some by each, so it is measured with half of the workers and with all.
Real parents of workers, and the supervisors that look after them, one worker to each as in containers; only their
engines, which say nothing to Redis while they wait, are left out.
"""

import argparse
import multiprocessing
import os
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from shared.redis_server import EmbeddedServer
from shared.settings import Settings
from shared.store import Store
from worker.service.rq_parent import Reporter
from worker.service.supervisor import Supervisor
from worker.service.warm_worker import WarmWorker

COUNTED_FOR = 100
GOAL = 200
# For so long after a server's start nobody's silence is judged.
SETTLED = 62


class WithoutEngine(WarmWorker):
    """A parent whose engine is always warm, and nothing."""

    def start_engine(self) -> None:
        """Nothing is started."""

    @property
    def warm(self) -> bool:
        """As if TensorFlow were there."""
        return True


def main() -> None:
    """Print commands a second a worker, and what a hundred come to."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder), 2**28)
        os.environ["REDIS_URL"], os.environ["CONVSCOPE_DATA"] = server.start(), folder
        context = multiprocessing.get_context("spawn")
        processes = [context.Process(target=_work, args=(n,), daemon=True) for n in range(options.workers)]
        store, half = Store.open(os.environ["REDIS_URL"]), options.workers // 2
        try:
            few = _rates(store, processes[:half], half, options.seconds)
            _print(few, _rates(store, processes[half:], options.workers, options.seconds), half, options.workers)
        finally:
            for process in processes:
                process.kill()
            server.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.idle_workers", description=__doc__)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=30)
    return parser.parse_args()


def _work(number: int) -> None:
    """One container: a worker's parent, and a supervisor's care beside it."""
    name, settings = f"batch-{number}", Settings()
    assert settings.redis_url is not None
    worker = WithoutEngine.listening("batch", Store.open(settings.redis_url, patience="worker"), name, {})
    Reporter(worker, SimpleNamespace(queue="batch", name=name, device="CPU", precisions="float32")).start()  # type: ignore[arg-type]
    supervisor = Supervisor(settings, [])
    supervisor.children = [SimpleNamespace(name=name, alive=True, slot=None, process=SimpleNamespace())]  # type: ignore[list-item]
    threading.Thread(target=_care, args=(supervisor,), daemon=True).start()
    worker.work(logging_level="ERROR")


def _care(supervisor: Supervisor) -> None:
    while True:
        supervisor.turn()
        time.sleep(0.1)


def _rates(store: Store, to_start: list[Any], workers: int, seconds: float) -> dict[str, float]:
    """Commands a second by name, once so many workers wait."""
    for process in to_start:
        process.start()
    while len(store.workers.all()) < workers or store.client.info("server")["uptime_in_seconds"] < SETTLED:  # type: ignore[index]
        time.sleep(0.5)
    time.sleep(5)
    before, begun = _calls(store), time.monotonic()
    time.sleep(seconds)
    after, passed = _calls(store), time.monotonic() - begun
    return {name: (calls - before.get(name, 0)) / passed for name, calls in after.items()}


def _print(few: dict[str, float], many: dict[str, float], half: int, workers: int) -> None:
    each = {name: (rate - few.get(name, 0)) / (workers - half) for name, rate in many.items()}
    for name, rate in sorted(each.items(), key=lambda row: -row[1]):
        print(f"  {name:18} {rate:6.3f} a worker, {many[name] - workers * rate:6.3f} for all")
    one = sum(each.values())
    total = sum(many.values()) + (COUNTED_FOR - workers) * one
    print(f"an idle worker: {one:.2f} commands a second, measured with {half} and {workers}; {COUNTED_FOR} of them: "
          f"{total:.0f} (goal: below {GOAL})")  # fmt: skip


def _calls(store: Store) -> dict[str, int]:
    rows: dict[str, Any] = store.client.info("commandstats")  # type: ignore[assignment]
    return {name.removeprefix("cmdstat_"): row["calls"] for name, row in rows.items()}


if __name__ == "__main__":
    main()
