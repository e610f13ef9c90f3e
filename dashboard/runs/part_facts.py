"""Facts of parts, kept in memory: pages that poll read each part's numbers once, not once a second."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from dashboard.server.connection import get_client
from dashboard.widgets.feature_maps import stamp
from shared.results import part_header
from shared.store import RunRecord

# A batch of heat maps has at most 64 pictures with a part for each method, a training run a part an epoch.
KEPT_FACTS = 8192


class FactsCache:
    """Facts of parts that were read last: small, where the arrays beside them are not. Safe in several threads."""

    def __init__(self) -> None:
        self._facts: OrderedDict[tuple[str, str, int], Mapping[str, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, run: RunRecord, index: int) -> Mapping[str, Any]:
        """Facts of a part; {} while it is not made, or when it has left the store."""
        name = (run.key, stamp(run), index)
        with self._lock:
            if name in self._facts:
                self._facts.move_to_end(name)
                return self._facts[name]
        data = get_client().results.part(run.key, index)
        if data is None:
            return {}
        header = part_header(data)
        facts = {**header["facts"], "arrays": {row[0]: row[2] for row in header["arrays"]}}
        with self._lock:
            self._facts[name] = facts
            while len(self._facts) > KEPT_FACTS:
                self._facts.popitem(last=False)
        return facts


@lru_cache(maxsize=1)
def facts_cache() -> FactsCache:
    """The cache of this process."""
    return FactsCache()


def facts_of(run: RunRecord, index: int) -> Mapping[str, Any]:
    """Facts of a part, with its `arrays`, name to shape; {} while it is not made."""
    return facts_cache().get(run, index)
