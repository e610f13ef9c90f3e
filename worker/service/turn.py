"""Whose turn it is: an interactive run that takes long while others wait goes on in the batch queue, and whoever helps
with a run leaves it for one that nobody has begun.
"""

import time

from shared.errors import HandedOver
from shared.queue import JobQueue
from shared.settings import Settings
from shared.store import Store
from worker.service.attempt import Attempt

# How often it is asked whether others wait.
ASK_SECONDS = 0.5


class Turn:
    """The time that one attempt may take of its queue.

    Args:
        store: of the installation.
        settings: `interactive_seconds` is that time; 0 for any.
        attempt: whose it is.
        queue: that its job came from; only the interactive one's time is short.
    """

    def __init__(self, store: Store, settings: Settings, attempt: Attempt, queue: str) -> None:
        self._store, self._attempt = store, attempt
        self._queue = JobQueue(store, settings.job_timeout)
        self._name = queue
        self._limited = queue == "interactive" and settings.interactive_seconds > 0
        self._ask_at = time.monotonic() + settings.interactive_seconds

    def gives_way(self) -> bool:
        """Whether a run waits in the queue; asked by a helper before each batch, for its own run has a worker."""
        return bool(self._name) and self._queue.run_waits(self._name)

    def check(self) -> None:
        """Called between two steps.

        Raises:
            HandedOver: the time is over, somebody waits, and a worker of the batch queue can go on with the run.
        """
        if not self._limited or not self._attempt.leads or time.monotonic() < self._ask_at:
            return
        self._ask_at = time.monotonic() + ASK_SECONDS
        one = self._attempt
        if hand_over_where_others_wait(self._store, self._queue, one.key, one.job, one.worker):
            raise HandedOver(one.key)


def hand_over_where_others_wait(store: Store, queue: JobQueue, key: str, job: str, worker: str) -> bool:
    """Give a run to the batch queue, where somebody waits behind it and a worker can go on with it there.

    Args:
        store: of the installation.
        queue: of it.
        key: the run.
        job: that holds up the others; one that only helps with a run does not.
        worker: that makes it.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    if not queue.waiting("interactive") or not any(one.queue == "batch" for one in store.workers.all()):
        return False
    return store.runs.get(key).job == job and queue.hand_over(key, job, worker)
