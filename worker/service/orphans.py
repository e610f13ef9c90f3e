"""Jobs that RQ still lists as taken and that nobody has: what is left where a clock was set while a worker died.

RQ tells what has run out by the time of day, and an entry of yesterday's clock may lie hours ahead. Whether an
execution lives is told here by its own key, which the server ends, and how long a job has lain by this process's own
counting.
"""

import time
from collections.abc import Callable
from typing import Any

from shared.queue import QUEUES
from shared.store import Store, translating
from worker.service.recovery import recover_execution, rescue

# An execution has its key before it is listed; a job is listed a few milliseconds after it was taken.
PATIENCE_SECONDS = 20.0


class Orphans:
    """What was seen without anybody who has it, and since when; one for each supervisor."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: dict[tuple[str, str], float] = {}

    @translating
    def recover(self, store: Store) -> int:
        """Queue again what nobody has had for a while.

        Returns:
            How many entries that concerned.

        Raises:
            StoreUnavailable: the store does not answer.
        """
        seen = {(queue, member) for queue in QUEUES for member in _unheld(store, queue)}
        self._since = {one: self._since.get(one, self._clock()) for one in seen}
        long = {one for one, since in self._since.items() if self._clock() - since >= PATIENCE_SECONDS}
        for _, member in sorted(long):
            if ":" in member:
                recover_execution(store, member, forgive=True)
        for queue in sorted({queue for queue, member in long if ":" not in member}):
            rescue(store, queue)
        return len(long)


def _unheld(store: Store, queue: str) -> list[str]:
    """Executions without a key, "job:execution", and jobs that a worker took and did not list."""
    client: Any = store.client
    listed = [raw.decode(errors="replace") for raw in client.zrange(f"rq:wip:{queue}", 0, -1)]
    pipe = client.pipeline(transaction=False)
    for member in listed:
        pipe.exists(f"rq:execution:{member}")
    dead = [member for member, there in zip(listed, pipe.execute(), strict=True) if not there]
    taken = client.lrange(f"rq:queue:{queue}:intermediate", 0, -1)
    return dead + [raw.decode(errors="replace") for raw in taken]
