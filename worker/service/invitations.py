"""Workers that have nothing to do are asked to help with what others make, also those that came after it began."""

import logging
from collections import Counter

from shared.analyses import KINDS
from shared.queue import QUEUES, JobQueue
from shared.store import RunRecord, Store, WorkerRecord, translating

SHARED = frozenset(name for name, kind in KINDS.items() if kind.spec.shared_by > 1)

log = logging.getLogger("worker.service.invitations")


@translating
def invite_helpers(store: Store, queue: JobQueue) -> int:
    """Queue a helper's job for each idle worker that a run under way can use, unless work waits already.

    Returns:
        How many jobs were queued.
    """
    workers = store.workers.all()
    return sum(_invite(store, queue, name, [w for w in workers if w.queue == name]) for name in QUEUES)


def _invite(store: Store, queue: JobQueue, name: str, workers: list[WorkerRecord]) -> int:
    idle = sum(w.state == "idle" for w in workers)
    at_work = Counter(w.run for w in workers if w.run.partition("-")[0] in SHARED)
    if not idle or not at_work or queue.waiting(name):
        return 0
    runs = [run for run in store.runs.get_many(at_work) if _can_use_more(run, at_work[run.key])]
    for run in runs[:idle]:
        queue.invite(run)
        log.info("asked an idle worker to help", extra={"key": run.key})
    return len(runs[:idle])


def _can_use_more(run: RunRecord, workers: int) -> bool:
    spec = run.spec()
    return run.status == "running" and bool(run.free) and spec is not None and workers < spec.most_workers
