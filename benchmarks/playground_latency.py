"""From a changed control to the parts: a playground request on a warm engine, as a client sees it.

A 320 × 400 picture. Every round has a seed of its own, so nothing comes from the cache. "Other kernel" changes the
kernel's size too, which makes the worker trace its function again.
"""

import statistics
import tempfile
import time
from pathlib import Path

from shared.analyses.playground.presets import PRESETS
from shared.analyses.playground.spec import Playground
from shared.client import Client
from tests.fixtures.installations import Installation

ROUNDS = 30
GOAL = 250


def main() -> None:
    """Print the median milliseconds from request to decoded parts."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder), workers="interactive=1")
        client = installation.start()
        try:
            for name in ("three_3x3", "relu_max_pool", "lenet_3_3"):
                _report(PRESETS[name].title, [_milliseconds(client, _seeded(name, seed)) for seed in range(ROUNDS)])
            _report("one filter, every round another kernel", [_milliseconds(client, _sized(n)) for n in range(1, 32)])
            _report("16 filters of 5 × 5", [_milliseconds(client, _wide(seed)) for seed in range(ROUNDS)])
        finally:
            installation.stop()


def _seeded(preset: str, seed: int) -> Playground:
    stages = [s | {"seed": 100 * n + seed} if s["type"] == "convolution" else s
              for n, s in enumerate(PRESETS[preset].stages, 1)]  # fmt: skip
    return Playground(stages=stages)


def _sized(kernel: int) -> Playground:
    return Playground(stages=[{"type": "convolution", "kernel": kernel, "seed": 7}])


def _wide(seed: int) -> Playground:
    return Playground(stages=[{"type": "convolution", "filters": 16, "kernel": 5, "seed": seed}])


def _milliseconds(client: Client, spec: Playground) -> float:
    begun = time.perf_counter()
    assert client.run(spec, timeout=60).parts
    return 1000 * (time.perf_counter() - begun)


def _report(name: str, times: list[float]) -> None:
    # The first round traces, imports and allocates: it is told by itself.
    first, rest = times[0], sorted(times[1:])
    middle = statistics.median(rest)
    print(f"playground, {name}: median {middle:.0f} ms, slowest {rest[-1]:.0f} ms, first {first:.0f} ms "
          f"(goal: median at most {GOAL})")  # fmt: skip


if __name__ == "__main__":
    main()
