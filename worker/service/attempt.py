"""One worker's work on a run: writing what an analysis yields, alone or beside other workers.

Whoever begins first leads: it holds the run's lease, reports progress and ends the run. Others that begin while it
lives are helpers: they claim parts, write them, and end when nothing is left to claim. A helper that finds nobody
leading leads from then on.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from shared.part_sources import Series
from shared.results import Part, Progress, encode_part
from shared.store import Claim, Store, Taken

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
    _series: set[Series] = field(default_factory=set)

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
        for part in item.previews:
            self._show(part)
        now = time.monotonic()
        if item.total is None and now - self._last < WRITE_EVERY_SECONDS:
            return
        self._last = now
        self._send(None, {"stage": item.stage, "total": item.total, "fraction": item.fraction})

    def _show(self, part: Part) -> None:
        if self.leads:
            self.store.previews.write(self.key, self.fence, part.index, encode_part(part))
        else:
            self.store.previews.write_beside(self.key, self.job, part.index, encode_part(part))

    def _send(self, part: tuple[int, bytes] | None, progress: dict[str, Any]) -> None:
        if self.leads:
            self.store.runs.write(self.key, self.fence, part, progress)
        else:
            self.fence = self.store.shares.write(self.key, self.job, part, {"total": progress.get("total")})

    def source(self, series: Series, gives_way: Callable[[], bool] = lambda: False) -> "SharedParts":
        """The parts of a series that others leave to this worker.

        Args:
            series: the parts.
            gives_way: whether a helper is wanted elsewhere; it takes nothing then, and so comes to its end.
        """
        self._series.add(series)
        return SharedParts(self, series, gives_way)

    def take(self, claim: Claim) -> Taken:
        """Claim parts.

        Raises:
            LeaseLost: the run is over.
        """
        return self.store.shares.take(self.key, self.job, claim)

    def awaits_others(self) -> bool:
        """Wait, as the lead of a shared run, for the parts that others make.

        Returns:
            True as soon as a part is free, for its maker died or it had to wait for the others, and where all were
            waited for and something is to be said of them; False when nothing is missing, and for a helper.

        Raises:
            RunCancelled, LeaseLost: the attempt must stop.
        """
        waited = False
        while self.leads and self._series:
            states = {series: self.take(Claim(series)).state for series in self._series}
            if "taken" in states.values():
                return True
            if "held" not in states.values():
                return waited and any(series.summary for series in self._series)
            waited = True
            time.sleep(POLL_SECONDS)
            self.write(Progress("waiting for the other workers"))
        return False


class SharedParts:
    """Parts of a run that several workers make, as one of them takes them."""

    def __init__(self, attempt: Attempt, series: Series, gives_way: Callable[[], bool]) -> None:
        self._attempt, self._series, self._gives_way = attempt, series, gives_way
        self.made = 0

    def take(self, most: int, held: Collection[int] = ()) -> list[int]:
        """Parts that nobody makes; none for a helper that is wanted elsewhere."""
        if most <= 0 or (not self._attempt.leads and self._gives_way()):
            return []
        return self._claim(Claim(self._series, most, held))

    def take_looks(self, most: int) -> list[int]:
        """Parts that nobody has looked at or makes."""
        return self._claim(Claim(self._series, most, looks=True))

    def _claim(self, claim: Claim) -> list[int]:
        taken = self._attempt.take(claim)
        self.made = taken.made
        return list(taken.indices)
