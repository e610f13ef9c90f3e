"""What people wrote and named lately: the newest entries, and no more of them. It goes with the store."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import redis

from shared.store.connection import translating_errors

KEY, KEPT = "convscope:activity", 100


@dataclass(frozen=True)
class Deed:
    """Something that somebody did.

    Attributes:
        by: who.
        at: seconds since 1970.
        what: "note" or "name".
        subject: what it was done to, as shared.library.notes has it.
        channel: number of a layer's channel; -1 for none.
        name: that the channel was given.
    """

    by: str
    at: float
    what: str
    subject: str
    channel: int = -1
    name: str = ""


@translating_errors
class Activity:
    """The newest deeds of an installation."""

    def __init__(self, client: redis.Redis) -> None:
        self._client: Any = client

    def add(self, by: str, what: str, subject: str, channel: int = -1, name: str = "") -> None:
        """Note a deed; the oldest beyond the hundredth is forgotten."""
        deed = Deed(by, time.time(), what, subject, channel, name)
        with self._client.pipeline() as pipe:
            pipe.lpush(KEY, json.dumps(asdict(deed)))
            pipe.ltrim(KEY, 0, KEPT - 1)
            pipe.execute()

    def newest(self, count: int) -> list[Deed]:
        """The newest first."""
        rows: list[Mapping[str, Any]] = [json.loads(row) for row in self._client.lrange(KEY, 0, count - 1)]
        return [Deed(**row) for row in rows]
