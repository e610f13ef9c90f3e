"""Who is at work: workers report here every few seconds and are forgotten when they stop.

A set holds their names, so that nobody looks through all keys for them; a name without a report is taken out by whoever
meets it.
"""

import contextlib
import json
from dataclasses import asdict, fields
from typing import Any

import redis

from shared.store.connection import translating_errors
from shared.store.records import WorkerRecord
from shared.store.runs import PREFIX

REPORT_SECONDS = 2.0
# A worker that waits has nothing new to say.
IDLE_REPORT_SECONDS = 4.0
FORGOTTEN_AFTER = 10.0
NAMES = f"{PREFIX}workers"


@translating_errors
class Workers:
    """Reports of the workers."""

    def __init__(self, client: redis.Redis) -> None:
        self._client: Any = client

    def report(self, worker: WorkerRecord) -> None:
        """Write or renew a worker's report."""
        pipe = self._client.pipeline(transaction=False)
        pipe.sadd(NAMES, worker.name)
        pipe.set(f"{PREFIX}worker:{worker.name}", json.dumps(asdict(worker)), ex=int(FORGOTTEN_AFTER))
        pipe.execute()

    def withdraw(self, name: str) -> None:
        """Remove the report of a worker that is gone."""
        self._client.delete(f"{PREFIX}worker:{name}")

    def note_models(self, engine: str, titles: tuple[str, ...]) -> None:
        """An engine says which models it keeps warm; `engine` is its host and process number."""
        self._client.set(f"{PREFIX}warm:{engine}", json.dumps(titles), ex=24 * 3600)

    def models_of(self, engine: str) -> tuple[str, ...]:
        """What note_models() said last; () when nothing was."""
        return tuple(json.loads(self._client.get(f"{PREFIX}warm:{engine}") or b"[]"))

    def announce_dashboard(self, url: str) -> None:
        """Note where this installation's dashboard is, for links that others print."""
        self._client.set(f"{PREFIX}dashboard", url)

    def dashboard(self) -> str:
        """Address of the dashboard; "" while none was announced."""
        return (self._client.get(f"{PREFIX}dashboard") or b"").decode()

    def may_care(self, who: str, seconds: float) -> bool:
        """Whether this caller is the one who looks after what is everybody's, for so many seconds.

        Args:
            who: asks; its name says in the store who does.
            seconds: after which another may.
        """
        return bool(self._client.set(f"{PREFIX}carer", who, nx=True, px=int(seconds * 1000)))

    def all(self) -> list[WorkerRecord]:
        """Workers that reported lately, by queue and name."""
        names = list(self._client.smembers(NAMES))
        texts = self._client.mget([f"{PREFIX}worker:".encode() + name for name in names]) if names else []
        if silent := [name for name, text in zip(names, texts, strict=True) if not text]:
            self._client.srem(NAMES, *silent)
        known = {f.name for f in fields(WorkerRecord)}
        found = []
        for text in filter(None, texts):
            with contextlib.suppress(ValueError, TypeError, AttributeError):  # a report that cannot be read is none
                values: Any = json.loads(text)
                row: dict[str, Any] = {
                    k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in known
                }
                found.append(WorkerRecord(**row))
        return sorted(found, key=lambda w: (w.queue != "interactive", w.queue, w.name))
