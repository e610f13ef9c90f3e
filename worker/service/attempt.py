"""One worker's work on a run: writing what an analysis yields, alone or beside other workers.

Whoever begins first leads: it holds the run's lease, reports progress and ends the run. Others that begin while it
lives are helpers: they claim parts, write them, and end when nothing is left to claim. A helper that finds nobody
leading leads from then on.
"""

import time
from dataclasses import dataclass, field
from typing import Any

from shared.results import Part, Progress, encode_part
from shared.store import Store

# Progress alone is written at most this often; parts are written at once.
WRITE_EVERY_SECONDS = 0.2
# How often a lead that waits looks whether other workers are done, or have died.
POLL_SECONDS = 0.3


@dataclass
class Attempt:
    """An attempt at a run, or a helper's part in one.

    Attributes:
        key: the run.
        job: the queue's job that this works for.
        fence: the lead's token; 0 for a helper, who may become the lead while it writes.
        worker: name of the worker whose attempt it is.
        facts: of the run as a whole, as far as this worker knows them.
    """

    store: Store
    key: str
    job: str
    fence: int
    worker: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    _last: float = 0.0
    _shares: tuple[int, bool] = (0, False)

    @property
    def leads(self) -> bool:
        """Whether this attempt answers for the run."""
        return self.fence > 0

    def write(self, item: Part | Progress) -> None:
        """Store a part or note progress, and the latter no more often than a page can show it.

        Raises:
            RunCancelled, LeaseLost: the attempt must stop.
        """
        if isinstance(item, Part):
            self._send((item.index, encode_part(item)), {"stage": "running"})
            return
        self.facts |= item.facts
        if self.leads:
            for part in item.previews:
                self.store.previews.write(self.key, self.fence, part.index, encode_part(part))
        now = time.monotonic()
        if item.total is None and now - self._last < WRITE_EVERY_SECONDS:
            return
        self._last = now
        self._send(None, {"stage": item.stage, "total": item.total, "fraction": item.fraction})

    def _send(self, part: tuple[int, bytes] | None, progress: dict[str, Any]) -> None:
        if self.leads:
            self.store.runs.write(self.key, self.fence, part, progress)
        else:
            self.fence = self.store.shares.write(self.key, self.job, part, {"total": progress.get("total")})

    def claim(self, total: int, closing: bool) -> int | None:
        """Take the next part that is free; None while there is none.

        Args:
            total: number of parts of the whole result.
            closing: whether the last part is made of all others, and has to wait for them.

        Raises:
            LeaseLost: the run is over.
        """
        self._shares = total, closing
        taken = self.store.shares.claim(self.key, self.job, total, closing)
        return taken if isinstance(taken, int) else None

    def awaits_others(self) -> bool:
        """Wait, as the lead of a shared run, for the parts that others make.

        Returns:
            True as soon as a part is free, for its maker died or it had to wait for the others; False when nothing is
            missing, and for a helper.

        Raises:
            RunCancelled, LeaseLost: the attempt must stop.
        """
        while self.leads and self._shares[0]:
            taken = self.store.shares.claim(self.key, self.job, *self._shares)
            if isinstance(taken, int):
                return True
            if taken == "made":
                break
            time.sleep(POLL_SECONDS)
            self.write(Progress("waiting for parts that other workers make"))
        return False
