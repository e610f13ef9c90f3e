"""Previews: how parts look before they are finished. They are shown, and count as nothing.

A part's preview is there until another takes its place, or the part itself. Previews of a run that ended early stay,
take their share of the budget, and are found by the attempt that goes on.
"""

from collections.abc import Iterable
from typing import Any

import redis

from shared.store.connection import translating_errors
from shared.store.parts import read_chunks
from shared.store.runs import LEASE_SECONDS, PREFIX, go_on, names
from shared.store.scripts import EVICT, GUARD, ROOM
from shared.store.share_scripts import BESIDE

# ARGV: as of scripts.WRITE, without fields.  Stores how a part looks so far, unless the part is there.
LOOKS = (
    ROOM
    + """
if redis.call('HEXISTS', KEYS[2], ARGV[6]) == 0 then
"""
    + EVICT
    + """
  if had_preview() == 0 then redis.call('HSET', KEYS[1], 'stuck', 0) end
  weigh(#ARGV[7] - had_preview())
  redis.call('HSET', KEYS[11], ARGV[6], ARGV[7])
  redis.call('HINCRBY', KEYS[1], 'previewed', 1)
  count_previews()
end
redis.call('HSET', KEYS[1], 'updated_at', now)
"""
)
CANCELLED = """
if redis.call('EXISTS', KEYS[4]) == 1 then return 'cancel' end
return 'ok'
"""
# Both return ok | cancel | lost. The second has a helper's job for the fence, and renews no lease but its own.
PREVIEW = GUARD + LOOKS + "redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])" + CANCELLED
PREVIEW_BESIDE = BESIDE + LOOKS + "redis.call('HSET', KEYS[10], ARGV[1], now + ARGV[2] / 1000)" + CANCELLED


@translating_errors
class Previews:
    """What unfinished parts of runs look like so far."""

    def __init__(self, client: redis.Redis, cache_budget: int) -> None:
        self._client: Any = client
        self._budget = cache_budget
        self._preview: Any = client.register_script(PREVIEW)
        self._beside: Any = client.register_script(PREVIEW_BESIDE)

    def write(self, key: str, fence: int, index: int, data: bytes) -> None:
        """Store how a part looks so far, in place of an earlier preview; nothing where the part itself is there.

        Args:
            key: the run.
            fence: token from Runs.begin().
            index: of the part.
            data: an encoded part.

        Raises:
            RunCancelled, LeaseLost: as Runs.write().
        """
        args = (fence, int(LEASE_SECONDS * 1000), key, PREFIX, self._budget, index, data)
        go_on(self._preview(keys=names(key), args=args).decode(), key)

    def write_beside(self, key: str, job: str, index: int, data: bytes) -> None:
        """The same for a helper, by its job."""
        args = (job, int(LEASE_SECONDS * 1000), key, PREFIX, self._budget, index, data)
        go_on(self._beside(keys=names(key), args=args).decode(), key)

    def read(self, key: str, index: int) -> bytes | None:
        """A part as it looks so far, encoded as one; None where there is no preview, or the part itself is there."""
        return self._client.hget(_previews(key), str(index))

    def read_many(self, key: str, indices: Iterable[int]) -> dict[int, bytes]:
        """The same by number; those that are gone are left out."""
        return read_chunks(self._client, _previews(key), indices)

    def indices(self, key: str) -> set[int]:
        """Numbers of the parts that have a preview now."""
        return {int(i) for i in self._client.hkeys(_previews(key))}


def _previews(key: str) -> str:
    return names(key)[10]
