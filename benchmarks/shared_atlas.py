"""An atlas on two batch workers of one thread each against one such worker, and what the store costs it.

Both are real installations. Beside the clock stands processor time, which a busy machine changes less: work is shared
well where two workers use as much of it together as one does alone, and each has half.
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from shared.analyses import FilterAtlas
from shared.client import Client
from tests.fixtures.installations import Installation

ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True)
class Taken:
    """One atlas: seconds by the clock, of each engine's processor time, and of the server's inside commands."""

    seconds: float
    engines: tuple[float, ...]
    server: float
    commands: int


def main() -> None:
    """Print seconds by the clock and of the processor, their ratios, and the server's share."""
    options = _options()
    spec = FilterAtlas(
        model=options.model, layer=options.layer, size=options.size, steps=options.steps, precision="float32",
        channels=f"0-{options.channels - 1}",
    )  # fmt: skip
    one, two = (_measured(spec, workers) for workers in (1, 2))
    print(f"{options.channels} channels of {options.model} {options.layer}, {options.size} px, {spec.steps} steps, "
          "workers of one thread each")  # fmt: skip
    for name, taken in (("one worker", one), ("two workers", two)):
        each = " + ".join(f"{seconds:.1f}" for seconds in taken.engines)
        share = 100 * taken.server / sum(taken.engines)
        print(f"{name}: {taken.seconds:.1f} s by the clock, {each} s of processor time; {taken.commands} commands, "
              f"{taken.server:.3f} s of them in the server, {share:.2f} % of the work (goal: below 3 %)")  # fmt: skip
    busiest = max(two.engines)
    print(f"two against one: {one.seconds / two.seconds:.2f} times by the clock (goal: 1.85, on two quiet cores); by "
          f"processor time {one.engines[0] / busiest:.2f} times less for the busier one, and "
          f"{sum(two.engines) / sum(one.engines):.3f} times as much in all")  # fmt: skip


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.shared_atlas", description=__doc__)
    parser.add_argument("--model", default="keras/vgg16/random")
    parser.add_argument("--layer", default="block3_conv1")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--steps", type=int, default=24)
    parser.add_argument("--channels", type=int, default=256)
    return parser.parse_args()


def _measured(spec: FilterAtlas, workers: int) -> Taken:
    """An atlas by so many workers, each warm with the network and the traced ascent."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder), workers=f"batch={workers}", environment=ONE_THREAD)
        client = installation.start()
        try:
            _warm(client, installation, spec, workers)
            engines = installation.processes("worker.service.engine")
            before, asked = [_used(one) for one in engines], _commands(client)
            begun = time.perf_counter()
            run = client.run(spec, timeout=3600).run
            seconds = time.perf_counter() - begun
            assert run.status == "complete", run.error
            used = tuple(_used(one) - was for one, was in zip(engines, before, strict=True))
            after = _commands(client)
            return Taken(seconds, used, after[1] - asked[1], int(after[0] - asked[0]))
        finally:
            installation.stop()


def _warm(client: Client, installation: Installation, spec: FilterAtlas, workers: int) -> None:
    """Atlases of other noise, shared by all, until each has loaded and traced: the clock then runs for work alone."""
    for seed in range(1, 10):
        client.run(spec.model_copy(update={"seed": seed, "steps": max(2, spec.steps // 4)}), timeout=1800)
        installation.wait_until(lambda: all(w.state == "idle" for w in client.store.workers.all()), 60, "idle")
        if sum(bool(w.models) for w in client.store.workers.all()) == workers:
            return


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _commands(client: Client) -> tuple[float, float]:
    """Commands so far, scripts' own among them, and the seconds of those that clients sent."""
    rows: dict[str, Any] = client.store.client.info("commandstats")  # type: ignore[assignment]
    sent = [row for name, row in rows.items() if name in ("cmdstat_evalsha", "cmdstat_eval")]
    return sum(row["calls"] for row in rows.values()), sum(row["usec"] for row in sent) / 1e6


if __name__ == "__main__":
    main()
