"""Runs whose parts several workers make: claiming a part, and storing it beside the attempt that leads."""

from collections.abc import Mapping
from typing import Any, Literal, cast

import redis

from shared.errors import LeaseLost, RunCancelled
from shared.store import share_scripts
from shared.store.connection import translating_errors
from shared.store.runs import LEASE_SECONDS, PREFIX, names

Claimed = int | Literal["held", "made"]


@translating_errors
class Shares:
    """What workers of one run say to each other through the store."""

    def __init__(self, client: redis.Redis, cache_budget: int) -> None:
        self._claim: Any = client.register_script(share_scripts.CLAIM)
        self._help: Any = client.register_script(share_scripts.HELP)
        self._budget = cache_budget

    def claim(self, key: str, job: str, total: int, closing: bool = False) -> Claimed:
        """Take the first part that is missing and that no living worker makes; one's own claim is taken again.

        Args:
            key: the run.
            job: the worker's job. Its claims end with its lease, and each with the part.
            total: number of parts of the whole result.
            closing: whether the last part is made of all others, and has to wait for them.

        Returns:
            The part's number; "held" where others make all that is missing, "made" where nothing is missing.

        Raises:
            LeaseLost: the run is over, or was asked for anew.
        """
        answer = self._claim(keys=names(key), args=(job, total, int(closing)))
        if isinstance(answer, int):
            return answer
        if answer == b"lost":
            raise _over(key)
        return cast(Claimed, answer.decode())

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
