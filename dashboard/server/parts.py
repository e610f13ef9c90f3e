"""Parts of runs, kept in memory: a person looks at a few back and forth, and a page that polls reads numbers only."""

from collections.abc import Mapping
from typing import Any

from dashboard.server.caches import Cache
from dashboard.server.connection import get_client
from shared.client import Client
from shared.results import Part, decode_part, part_header
from shared.store import RunRecord

# A layer's maps take 6 MB where a network begins and 50 kB where it ends.
KEPT_PART_BYTES = 32_000_000
# A batch of heat maps has at most 64 pictures with a part for each method, a training run a part an epoch.
KEPT_FACTS = 8192
_parts: Cache[tuple[Part, int] | None] = Cache(KEPT_PART_BYTES, size=lambda kept: kept[1] if kept else 0)
_facts: Cache[Mapping[str, Any] | None] = Cache(KEPT_FACTS)


def stored_part(client: Client, run: RunRecord, index: int) -> Part | None:
    """A part of a run, decoded; None while it is not made, or when it has left the store."""

    def read() -> tuple[Part, int] | None:
        data = client.results.part(run.key, index)
        return (decode_part(data), len(data)) if data is not None else None

    found = _parts.get((run.key, run.stamp, index), read)
    return found[0] if found else None


def facts_of(run: RunRecord, index: int) -> Mapping[str, Any]:
    """Facts of a part, with its `arrays`, name to shape; {} while it is not made, or when it has left the store."""

    def read() -> Mapping[str, Any] | None:
        data = get_client().results.part(run.key, index)
        header = part_header(data) if data is not None else None
        return {**header["facts"], "arrays": {row[0]: row[2] for row in header["arrays"]}} if header else None

    return _facts.get((run.key, run.stamp, index), read) or {}
