"""Finished parts: reading them, noting that they were viewed, pinning them."""

from collections.abc import Iterable
from typing import Any

import redis

from shared.store.connection import translating_errors
from shared.store.runs import PREFIX, names


@translating_errors
class Parts:
    """The results in Redis. Any of them may have been evicted, so every reader handles None."""

    def __init__(self, client: redis.Redis) -> None:
        self._client: Any = client

    def indices(self, key: str) -> set[int]:
        """Numbers of the parts that are there."""
        return {int(i) for i in self._client.hkeys(names(key)[1])}

    def read(self, key: str, index: int) -> bytes | None:
        """One encoded part, or None."""
        return self._client.hget(names(key)[1], str(index))

    def read_many(self, key: str, indices: Iterable[int]) -> dict[int, bytes]:
        """Encoded parts by number; those that are gone are left out."""
        return read_chunks(self._client, names(key)[1], indices)

    def note_view(self, key: str) -> None:
        """Move a finished result to the end of the eviction order."""
        seconds, micro = self._client.time()
        self._client.zadd(f"{PREFIX}seen", {key: seconds + micro / 1e6}, xx=True)

    def pin(self, key: str) -> None:
        """Keep a result whatever the budget says."""
        self._client.sadd(f"{PREFIX}pins", key)

    def unpin(self, key: str) -> None:
        """Let the budget decide again."""
        self._client.srem(f"{PREFIX}pins", key)

    def is_pinned(self, key: str) -> bool:
        """Whether the result is pinned."""
        return bool(self._client.sismember(f"{PREFIX}pins", key))

    def sizes(self) -> dict[str, int]:
        """Bytes of every result in Redis by its run's key."""
        return {key.decode(): int(size) for key, size in self._client.hgetall(f"{PREFIX}sizes").items()}

    def first_out(self, number: int) -> list[str]:
        """Keys of the results that the budget would take next, first one first; pinned ones stay."""
        pinned = set(self._client.smembers(f"{PREFIX}pins"))
        keys = self._client.zrange(f"{PREFIX}seen", 0, number + len(pinned) - 1)
        return [key.decode() for key in keys if key not in pinned][:number]

    def budget(self, usual: int) -> int:
        """Bytes that results may take: what an administrator set, else the usual number."""
        return int(self._client.get(f"{PREFIX}budget") or usual)

    def set_budget(self, size: int | None) -> None:
        """Set the budget of all workers at once; None goes back to what each was started with.

        What is above it leaves as soon as the next part is written.
        """
        if size is None:
            self._client.delete(f"{PREFIX}budget")
        else:
            self._client.set(f"{PREFIX}budget", int(size))

    def total_bytes(self) -> int:
        """Bytes of all results in Redis."""
        return int(self._client.get(f"{PREFIX}bytes") or 0)


def read_chunks(client: Any, name: str, indices: Iterable[int]) -> dict[int, bytes]:
    """Values of a hash by number; those that are gone are left out."""
    found: dict[int, bytes] = {}
    wanted = [str(i) for i in indices]
    # 64 parts of some tens of kilobytes an answer keep the server free for others in between.
    for start in range(0, len(wanted), 64):
        chunk = wanted[start : start + 64]
        values = client.hmget(name, chunk)
        found.update({int(i): v for i, v in zip(chunk, values, strict=True) if v is not None})
    return found
