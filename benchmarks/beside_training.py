"""The playground while two training runs want the whole machine: what an interactive request waits for.

    python -m benchmarks.beside_training

One interactive and two batch workers. The same requests are timed alone, then while both runs learn, then alone again;
the first of each is left out. Both runs go on until they are cancelled.
"""

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.drawn_data_set import drawn_data_set
from shared.analyses import TrainingRun
from shared.analyses.playground.spec import Playground
from shared.client import Client
from tests.fixtures.installations import Installation

ROUNDS, GOAL = 100, 250


def main() -> None:
    """Print medians and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder), workers="interactive=1,batch=2")
        client = installation.start()
        try:
            _measure(installation, client)
        finally:
            installation.stop()


def _measure(installation: Installation, client: Client) -> None:
    dataset = drawn_data_set(client.datasets, 150, 400)
    before = _milliseconds(client, 0)
    runs = [TrainingRun(dataset=dataset, size=150, epochs=500, seed=seed) for seed in range(2)]
    keys = [client.submit(run)[0] for run in runs]
    for key in keys:
        installation.wait_for_parts(client, key, 1, seconds=180)
    epochs = sum(client.record(key).done for key in keys)
    beside = _milliseconds(client, 1000)
    learnt = sum(client.record(key).done for key in keys) - epochs
    for key in keys:
        client.cancel(key)
    _wait_until_over(client, keys)
    after = _milliseconds(client, 2000)
    alone = sorted(before + after)
    print(f"playground alone: median {statistics.median(alone):.0f} ms, slowest {alone[-1]:.0f} ms")
    print(f"beside two training runs ({learnt} epochs meanwhile): median {statistics.median(beside):.0f} ms, slowest "
          f"{max(beside):.0f} ms, {statistics.median(beside) / statistics.median(alone):.1f} times as long "
          f"(goal: median at most {GOAL} ms)")  # fmt: skip


def _milliseconds(client: Client, first: int) -> list[float]:
    """Of requests that nobody made before; the first traces, and does not count."""
    waited = []
    for seed in range(first, first + ROUNDS + 1):
        spec = Playground(stages=[{"type": "convolution", "filters": 3, "seed": seed}])
        begun = time.perf_counter()
        client.run(spec, timeout=60)
        waited.append(1000 * (time.perf_counter() - begun))
    return waited[1:]


def _wait_until_over(client: Client, keys: list[str]) -> None:
    end = time.monotonic() + 60
    while not all(client.record(key).over for key in keys) and time.monotonic() < end:
        time.sleep(0.1)


if __name__ == "__main__":
    main()
