"""What a shared run costs the server, part by part: processor time of its commands, and where one core is full.

Workers are simulated: each claims a batch, writes its parts and claims again, without computing anything. The figures
are the server's own (INFO commandstats), so that a busy machine changes them little.
"""

import argparse
import secrets
import tempfile
from pathlib import Path
from typing import Any

from shared.analyses import FilterAtlas
from shared.part_sources import Series
from shared.redis_server import EmbeddedServer
from shared.store import Claim, Store

BATCH = 4


def main() -> None:
    """Print microseconds of the server a part for runs of several sizes, and parts a second of one core."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(Path(folder), 2**31)
        store = Store.open(server.start(), cache_budget=2**30)
        try:
            for parts in options.parts:
                claims, writes = _run(store, parts, options.bytes, options.workers)
                full = 1e6 / (claims + writes)
                print(f"{parts:5} parts of {options.bytes} bytes, {options.workers} workers: {claims + writes:.0f} µs "
                      f"a part ({claims:.0f} to claim, {writes:.0f} to write); one core takes {full:.0f} parts a "
                      f"second, of {full * options.seconds:.0f} workers at {options.seconds} s a part")  # fmt: skip
        finally:
            server.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.store_capacity", description=__doc__)
    parser.add_argument("--parts", type=int, nargs="+", default=[64, 512, 2048])
    parser.add_argument("--bytes", type=int, default=40_000)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0.5)
    return parser.parse_args()


def _run(store: Store, parts: int, size: int, workers: int) -> tuple[float, float]:
    """Make a run's parts in turns; microseconds of claims and of writes a part."""
    spec = FilterAtlas(model="keras/vgg16/random", layer="block3_conv1", seed=parts, precision="float32")
    key, data = spec.key(), secrets.token_bytes(size)
    store.runs.submit(spec, f"{key}-0")
    jobs = [f"{key}-0", *(f"{key}-0-h{n}" for n in range(1, workers))]
    fence, *_ = (store.runs.begin(key, job) for job in jobs)
    left, spent = list(jobs), [0.0, 0.0]
    while left:
        job = left.pop(0)
        before = _used(store)
        taken = store.shares.take(key, job, Claim(Series(parts), BATCH)).indices
        between = _used(store)
        for index in taken:
            if job == jobs[0]:
                store.runs.write(key, fence, (index, data), {"total": parts})
            else:
                store.shares.write(key, job, (index, data), {"total": parts})
        spent = [spent[0] + between - before, spent[1] + _used(store) - between]
        left += [job] if taken else []
    store.runs.finish(key, fence, {})
    return spent[0] / parts, spent[1] / parts


def _used(store: Store) -> float:
    rows: dict[str, Any] = store.client.info("commandstats")  # type: ignore[assignment]
    return float(sum(row["usec"] for name, row in rows.items() if name.startswith("cmdstat_eval")))


if __name__ == "__main__":
    main()
