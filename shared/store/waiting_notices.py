"""Who wants to be told when a run is over. What is taken from here is told once, however many processes look."""

from typing import Any

import redis

from shared.store.connection import translating_errors

PREFIX = "convscope:notices:"
KEPT_SECONDS = 30 * 24 * 3600


@translating_errors
class WaitingNotices:
    """Notices by the run or plan that they wait for: a webhook's address, or "plan:<id>"."""

    def __init__(self, client: redis.Redis) -> None:
        self._client: Any = client

    def add(self, key: str, *notices: str) -> None:
        """Have notices wait for a run."""
        pipe = self._client.pipeline(transaction=True)
        pipe.sadd(PREFIX + key, *notices).expire(PREFIX + key, KEPT_SECONDS)
        pipe.execute()

    def take(self, key: str) -> list[str]:
        """The notices that wait for a run, which nobody else gets any more."""
        pipe = self._client.pipeline(transaction=True)
        pipe.smembers(PREFIX + key).delete(PREFIX + key)
        return sorted(map(bytes.decode, pipe.execute()[0]))

    def claim_once(self, name: str) -> bool:
        """Whether this is the first time that a name is said."""
        return bool(self._client.set(f"{PREFIX}said:{name}", "1", nx=True, ex=KEPT_SECONDS))

    def reset(self, name: str) -> None:
        """Let a name be said once more."""
        self._client.delete(f"{PREFIX}said:{name}")
