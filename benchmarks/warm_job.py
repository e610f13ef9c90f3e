"""Overhead of a warm job: `inspect_model` submitted to complete as a client sees it, minus the call in process."""

import statistics
import tempfile
import time
from pathlib import Path

from shared.analyses import InspectModel
from shared.client import Client
from shared.settings import Settings
from tests.fixtures.installations import Installation

ROUNDS = 40
SPEC = InspectModel(model="keras/mobilenetv2/random")


def main() -> None:
    """Print the medians and their difference in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder))
        client = installation.start()
        try:
            through = statistics.median(_through_the_queue(client) for _ in range(ROUNDS))
        finally:
            installation.stop()
    inside = statistics.median(_in_process())
    print(f"warm inspect_model: {through:.1f} ms through the queue, {inside:.1f} ms in process, "
          f"overhead {through - inside:.1f} ms (goal: at most 60)")  # fmt: skip


def _through_the_queue(client: Client) -> float:
    client.store.runs.forget(SPEC.key())
    begun = time.perf_counter()
    client.run(SPEC, timeout=60)
    return 1000 * (time.perf_counter() - begun)


def _in_process() -> list[float]:
    from worker.analyses.context import RunContext
    from worker.analyses.inspect_model import inspect_model
    from worker.networks.models import WarmModels

    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        client = Client(settings, store=object())  # type: ignore[arg-type]
        context = RunContext(WarmModels(client.library), client.library)
        list(inspect_model(SPEC, context))
        times = []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            list(inspect_model(SPEC, context))
            times.append(1000 * (time.perf_counter() - begun))
    return times


if __name__ == "__main__":
    main()
