"""What a run is found by on the list of runs, and what that list says of a person's."""

from typing import Any

import redis

from shared.analyses import KINDS
from shared.store.connection import translating_errors
from shared.store.listing import Listing, words_of
from shared.store.records import RunRecord

# Fields whose words a run is found by.
SEARCHED = ("model", "layer", "image", "dataset", "strategy", "channel", "other", "base")


def facets_of(run: RunRecord) -> list[tuple[str, str]]:
    """What a run is found by on a list; see Runs."""
    trial = "yes" if run.kind in KINDS and KINDS[run.kind].trial else "no"
    state = run.status if run.over else "live"
    return [("kind", run.kind), ("by", run.by), ("state", state), ("trial", trial), ("queue", run.queue)]


def search_words(run: RunRecord) -> tuple[str, ...]:
    """The words that a run is found by: kind, model, layer, picture, data set, who asked, the end of its key."""
    named = (run.fields.get(name, "") for name in SEARCHED)
    return words_of(run.kind, *named, run.by, run.key[-8:])


@translating_errors
class PersonRuns:
    """How much of an installation is some person's."""

    def __init__(self, client: redis.Redis) -> None:
        self._client: Any = client
        self._listing = Listing(client, "runs")

    def live_of(self, by: str, queue: str) -> int:
        """How many runs of somebody wait or compute in a queue."""
        return self._listing.find({"by": by, "state": "live", "queue": queue}, count=1).total

    def bytes_of(self, by: str) -> int:
        """Bytes in Redis of the results that somebody asked for first."""
        keys = self._listing.find({"by": by}, count=len(self._listing)).keys
        sizes = self._client.hmget("convscope:sizes", keys) if keys else []
        return sum(int(size) for size in sizes if size)
