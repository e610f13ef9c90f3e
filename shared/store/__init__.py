"""Every Redis key, lifetime and status. No other package issues Redis commands (RQ's own apart).

Where it is and how it fails: `connection`. Runs: `records` (what is said of one), `runs`, `parts` (results),
`previews` (what is not finished), `shares` (parts of one run made by several workers), with their Lua in `scripts` and
`share_scripts`. Beside them: `workers`, `listing` (lists found by facets and words), `listed_runs` (by what runs are
found), `flags`, `activity` (what people did), `waiting_notices`, `troubles`.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis
from redis.exceptions import LockError

from shared.errors import StoreUnavailable, message
from shared.store.activity import Activity, Deed
from shared.store.connection import Patience, connect, is_outage, store_url, translating, translating_errors
from shared.store.flags import Flags
from shared.store.listed_runs import PersonRuns
from shared.store.listing import Listing, ListingPage, words_of
from shared.store.parts import Parts
from shared.store.previews import Previews
from shared.store.records import LIVE, OVER, RunRecord, Status, WorkerRecord
from shared.store.runs import PREFIX, STUCK_LIMIT, Runs
from shared.store.shares import Claim, Shares, Taken
from shared.store.troubles import Trouble, Troubles
from shared.store.waiting_notices import WaitingNotices
from shared.store.workers import FORGOTTEN_AFTER, IDLE_REPORT_SECONDS, REPORT_SECONDS, Workers

__all__ = [
    "FORGOTTEN_AFTER", "IDLE_REPORT_SECONDS", "LIVE", "OVER", "REPORT_SECONDS", "STUCK_LIMIT", "Claim", "Deed",
    "Listing", "ListingPage", "RunRecord", "Status", "Store", "Taken", "Trouble", "Troubles", "WorkerRecord",
    "is_outage", "store_url", "translating", "translating_errors", "words_of",
]  # fmt: skip

LOCKED_SECONDS = 30.0


@translating_errors
class Store:
    """The store of one installation.

    Attributes:
        runs: records, claims, leases, cancel flags.
        persons: how much of queues and results is somebody's.
        shares: parts of one run made by several workers.
        parts: results.
        previews: how parts look before they are finished.
        workers: who is at work.
        flags: what was done in this store already.
        activity: what people wrote and named lately.
        notices: who wants to be told of what.
        troubles: what fails now, and records that could not be read.
    """

    def __init__(self, client: redis.Redis, cache_budget: int = 2 * 1024**3) -> None:
        self.client = client
        self.runs = Runs(client, cache_budget)
        self.persons = PersonRuns(client)
        self.shares = Shares(client, cache_budget)
        self.parts = Parts(client)
        self.previews = Previews(client, cache_budget)
        self.workers = Workers(client)
        self.flags = Flags(client)
        self.activity = Activity(client)
        self.notices = WaitingNotices(client)
        self.troubles = Troubles(client)

    @classmethod
    def open(cls, url: str, cache_budget: int = 2 * 1024**3, patience: Patience = "page") -> "Store":
        """A store at an address; nothing is sent before its first use."""
        return cls(connect(url, patience), cache_budget)

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Have others wait who ask for the same name, at most LOCKED_SECONDS; for what is read, changed and written.

        Raises:
            StoreUnavailable: the server is away, or somebody holds it for longer.
        """
        held = self.client.lock(f"{PREFIX}lock:{name}", timeout=LOCKED_SECONDS, blocking_timeout=LOCKED_SECONDS)
        if not translating(held.acquire)():
            raise StoreUnavailable(message("a moment alone", f"{name}, which another holds", "Try again."))
        try:
            yield
        finally:
            with suppress(LockError, StoreUnavailable):  # it ends by itself
                translating(held.release)()

    def ping(self) -> None:
        """Ask the server whether it is there.

        Raises:
            StoreUnavailable: when it is not.
        """
        self.client.ping()

    def reachable(self) -> bool:
        """Whether the server answers now."""
        try:
            self.ping()
        except StoreUnavailable:
            return False
        return True

    def server_version(self) -> str:
        """Name and version of the server."""
        info = self.client.info("server")
        return f"valkey {info['valkey_version']}" if "valkey_version" in info else f"redis {info['redis_version']}"
