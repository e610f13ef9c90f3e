"""What goes wrong in an installation and nobody would see: told by those who look after it, shown to people."""

import contextlib
import json
from dataclasses import dataclass
from typing import Any

import redis

from shared.store.connection import translating_errors

TROUBLES, SET_ASIDE = "convscope:troubles", "convscope:set-aside"
# Who tells of a trouble does so every few seconds; one that was not heard again is over, or its machine is gone.
HEARD_SECONDS = 60.0
# Records that could not be read are kept so long, for whoever wants to know why.
KEPT_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True)
class Trouble:
    """Something that fails now.

    Attributes:
        where: the machine.
        text: what fails and why, in words for people.
    """

    where: str
    text: str


@translating_errors
class Troubles:
    """Troubles of the machines, and records that could not be read."""

    def __init__(self, client: redis.Redis) -> None:
        self._client: Any = client

    def tell(self, where: str, texts: list[str]) -> None:
        """Say what fails on a machine now; nothing with []."""
        if not texts:
            self._client.hdel(TROUBLES, where)
            return
        self._client.hset(TROUBLES, where, json.dumps({"at": self._now(), "texts": texts}))

    def all(self) -> list[Trouble]:
        """What fails now; asks the server whether it is there as well."""
        pipe = self._client.pipeline(transaction=False)
        _, rows, (seconds, _) = pipe.ping().hgetall(TROUBLES).time().execute()
        found = []
        for where, row in sorted(rows.items()):
            with contextlib.suppress(ValueError, KeyError, TypeError):
                told = json.loads(row)
                if seconds - told["at"] < HEARD_SECONDS:
                    found += [Trouble(where.decode(errors="replace"), str(text)) for text in told["texts"]]
        return found

    def _now(self) -> int:
        return int(self._client.time()[0])

    def set_aside(self, key: str, reason: str) -> None:
        """Take a record that cannot be read out of the way of those who would stumble over it again and again."""
        aside = f"{SET_ASIDE}:{key}"
        with contextlib.suppress(redis.ResponseError):  # it is gone by now
            self._client.rename(key, aside)
            self._client.expire(aside, KEPT_SECONDS)
            self._client.hset(SET_ASIDE, key, json.dumps({"at": self._now(), "reason": reason[:300]}))

    def records_set_aside(self) -> dict[str, str]:
        """Key to why it could not be read, of the last week."""
        kept, now = {}, self._now()
        for key, row in self._client.hgetall(SET_ASIDE).items():
            told = json.loads(row)
            if now - told["at"] < KEPT_SECONDS:
                kept[key.decode()] = told["reason"]
            else:
                self._client.hdel(SET_ASIDE, key)
        return kept
