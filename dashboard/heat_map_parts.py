"""What a heat map's page reads of its runs, and the addresses of their values and small pictures."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from dashboard.connection import get_client
from dashboard.layer_maps import stamp
from dashboard.signing import sign
from shared.job_specs.attribution import Attribution, attribution_parts
from shared.results import part_header
from shared.store import RunRecord

# A batch has at most 64 pictures with a part for each method.
KEPT_FACTS = 2048
THUMBNAIL = 256


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
        data = get_client().part(run.key, index)
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


def request_of(run: RunRecord) -> Attribution:
    """What a run was asked for.

    Raises:
        InvalidSpec: its record is of another release.
    """
    return Attribution.from_fields(dict(run.fields))  # type: ignore[return-value]


def part_of(spec: Attribution, picture: int, method: str = "") -> int:
    """Number of the part of a picture, or of a method's maps of it."""
    return attribution_parts(spec).index((picture, method))


def heat_url(run: RunRecord, index: int, array: str) -> str:
    """All maps of one array, each divided by its own largest absolute value: float16, little-endian."""
    return f"/img/heat/{sign(run.key)}/{run.key}/{stamp(run)}/{index}/{array}.f16"


def thumbnail_url(run: RunRecord, index: int) -> str:
    """A part's picture, small."""
    return f"/img/heat/{sign(run.key)}/{run.key}/{stamp(run)}/{index}/picture.jpg"


def class_name(row: Mapping[str, Any]) -> str:
    """What a person calls a class."""
    return str(row.get("name") or "").replace("_", " ") or f"class {row['class']}"


def short(value: float | None) -> str:
    """Four digits: all that anybody reads."""
    return "–" if value is None else f"{value:.4g}".replace("-", "−")


def percent(share: float) -> str:
    """A share, with a digit more where it is small."""
    return f"{100 * share:.1f} %" if share < 0.995 else f"{100 * share:.2f} %"
