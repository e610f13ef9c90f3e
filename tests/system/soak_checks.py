"""What must not be left of an installation at rest: in its store, among processes, in folders."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from shared.library.files import PART, SPOOL
from shared.store import Store

LIVING = ("lease", "cancel", "claims", "helpers")


def left_in_store(store: Store) -> list[str]:
    """Leases, flags, queue entries and executions of runs that are over, and sums that are not right."""
    return [*_of_runs(store), *_of_the_queue(store), *_sums(store)]


def _of_runs(store: Store) -> Iterator[str]:
    client: Any = store.client
    for what in LIVING:
        for key in client.scan_iter(f"convscope:{what}:*", count=500):
            yield f"a {what} of a run that is over: {key.decode()}"


def _of_the_queue(store: Store) -> Iterator[str]:
    client: Any = store.client
    for queue in ("interactive", "batch"):
        for name in (f"rq:queue:{queue}", f"rq:queue:{queue}:intermediate"):
            if waiting := client.lrange(name, 0, -1):
                yield f"{name} still holds {waiting[:3]}"
        if begun := client.zrange(f"rq:wip:{queue}", 0, -1):
            yield f"executions that nobody makes: {begun[:3]}"
    living = {worker.name for worker in store.workers.all()}
    known = {key.decode().removeprefix("rq:worker:") for key in client.smembers("rq:workers")}
    if known != living:
        yield f"workers that RQ lists and nobody hears of: {known ^ living}"
    for key in client.scan_iter("rq:job:*", count=500):
        if client.hget(key, "status") in (b"queued", b"started"):
            yield f"a job that waits for nothing: {key.decode()}"


def _sums(store: Store) -> Iterator[str]:
    """The bytes that the budget counts are those that are there."""
    client: Any = store.client
    sizes, total = store.parts.sizes(), 0
    for key in client.scan_iter("convscope:parts:*", count=500):
        run = key.decode().removeprefix("convscope:parts:")
        found = sum(map(len, client.hvals(key)))
        total += found
        if sizes.get(run) != found:
            yield f"{run}: {found} bytes, counted as {sizes.get(run)}"
        if not client.exists(f"convscope:run:{run}"):
            yield f"parts of no run: {run}"
    if total != store.parts.total_bytes():
        yield f"{total} bytes of results, counted as {store.parts.total_bytes()}"


def left_in_processes(data: Path) -> list[str]:
    """Processes that were started for this data folder and live."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get("CONVSCOPE_DATA") == str(data) and process.pid != os.getpid()
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"process {process.pid} lives: {' '.join(process.cmdline())[:100]}")
        except psutil.Error:
            continue
    return found


def left_in_files(data: Path, temporary: Path) -> list[str]:
    """What processes began to write and did not end; the sweep of an hour would find it, an orderly end too."""
    found = [path for path in data.rglob("*") if path.is_file()]
    begun = [p for p in found if p.name.endswith(PART) or p.parent.name == SPOOL]
    others = list(temporary.rglob("*"))
    return [f"left: {path}" for path in (*begun, *others)]
