"""Marks that something was done in this store, and goes with it when it is emptied."""

from typing import Any

import redis

from shared.store.connection import translating_errors

PREFIX = "convscope:flag:"


@translating_errors
class Flags:
    """Named marks."""

    def __init__(self, client: redis.Redis) -> None:
        self._client: Any = client

    def is_set(self, name: str) -> bool:
        """Whether a mark was set since the store was emptied."""
        return bool(self._client.exists(PREFIX + name))

    def set(self, name: str) -> None:
        """Set a mark."""
        self._client.set(PREFIX + name, "1")
