"""Runs whose parts several workers make: claiming a part, and storing it beside the attempt that leads."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import redis

from shared.errors import LeaseLost, RunCancelled
from shared.part_sources import Series
from shared.store import share_scripts
from shared.store.connection import translating_errors
from shared.store.runs import LEASE_SECONDS, PREFIX, names

# Helpers' jobs that are queued with a run have lower numbers.
FIRST_INVITED = 100

Claimed = int | Literal["held", "made"]


@dataclass(frozen=True)
class Claim:
    """What a worker asks for.

    Attributes:
        series: of the parts among which it chooses.
        most: how many at most.
        held: parts that it has claimed before and is still at.
        looks: a first look at parts instead of the parts; each is taken once, and none that is made already.
    """

    series: Series
    most: int = 1
    held: Collection[int] = ()
    looks: bool = False


@dataclass(frozen=True)
class Taken:
    """What it gets.

    Attributes:
        indices: of the parts that are its own to make now.
        made: how many parts of the whole run are there.
        state: "taken"; where there is no index, "held" if others make what is missing, "made" if nothing is missing.
    """

    indices: tuple[int, ...]
    made: int
    state: Literal["taken", "held", "made"]


@translating_errors
class Shares:
    """What workers of one run say to each other through the store."""

    def __init__(self, client: redis.Redis, cache_budget: int) -> None:
        self._claim: Any = client.register_script(share_scripts.CLAIM)
        self._help: Any = client.register_script(share_scripts.HELP)
        self._client: Any = client
        self._budget = cache_budget

    def take(self, key: str, job: str, claim: Claim) -> Taken:
        """Take the first parts that are missing and that no living worker makes; one's own are taken again.

        Args:
            key: the run.
            job: the worker's job. Its claims end with its lease, and each with the part.
            claim: what is asked for.

        Raises:
            LeaseLost: the run is over, or was asked for anew.
        """
        one = claim.series
        prefix = "p" if claim.looks else ""
        args = (job, one.total, one.first, one.step, claim.most, int(one.closing), prefix, *claim.held)
        answer = self._claim(keys=names(key), args=args)
        if answer == b"lost":
            raise _over(key)
        return Taken(tuple(answer[2:]), answer[1], answer[0].decode())

    def next_helper(self, key: str) -> int:
        """A number for one more helper's job; none has it that was queued with the run."""
        return FIRST_INVITED + int(self._client.hincrby(names(key)[0], "invited", 1))

    def claim(self, key: str, job: str, total: int, closing: bool = False) -> Claimed:
        """Take one part of so many.

        Returns:
            The part's number; "held" where others make all that is missing, "made" where nothing is missing.

        Raises:
            LeaseLost: the run is over, or was asked for anew.
        """
        taken = self.take(key, job, Claim(Series(total, closing=closing)))
        return taken.indices[0] if taken.indices else cast(Claimed, taken.state)

    def write(self, key: str, job: str, part: tuple[int, bytes] | None, progress: Mapping[str, object]) -> int:
        """Store a part beside the attempt that leads, renew the helper's lease and read the cancel flag.

        Args:
            key: the run.
            job: the helper's job.
            part: index and bytes; None for a sign of life alone. A part that is there already is kept.
            progress: `total` where it is known; the lead says the rest.

        Returns:
            0; or, where nobody leads the run any more, the token with which this job leads from now on.

        Raises:
            RunCancelled: the part is stored, and somebody asked to stop.
            LeaseLost: the run is over, or was asked for anew; nothing was written.
        """
        index, data = part if part is not None else ("", b"")
        head = (job, int(LEASE_SECONDS * 1000), key, PREFIX, self._budget, index, data)
        fields = [x for pair in progress.items() if pair[1] is not None for x in pair]
        answer = self._help(keys=names(key), args=(*head, *fields))
        if answer == b"cancel":
            raise RunCancelled("Cancelled on request.")
        if answer == b"lost":
            raise _over(key)
        return answer if isinstance(answer, int) else 0


def _over(key: str) -> LeaseLost:
    return LeaseLost(f"{key}: over, or asked for anew")
