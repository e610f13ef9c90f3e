"""What the shards of an examples run have found so far, and the run that has a channel's examples."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from shared.analyses.dataset_examples.numbers import Examples, best_of, merged
from shared.analyses.dataset_examples.spec import DatasetExamples
from shared.client import Client
from shared.results import decode_part
from shared.store import RunRecord

KEPT_RUNS = 8


@dataclass
class Found:
    """One run's examples.

    Attributes:
        best: of the shards that are read.
        facts: of one of them: `height`, `width`, `receptive_field`, `stride`, `start`; of the last also `classes`.
        pictures: how many were looked at.
        sheet: number of the part that holds the sheet; None before it is made.
    """

    best: Examples | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    pictures: int = 0
    sheet: int | None = None
    read: set[int] = field(default_factory=set)
    stamp: float = 0.0

    def add(self, index: int, data: bytes) -> None:
        """Merge one encoded part."""
        part = decode_part(data)
        one = merged([part.arrays])
        assert one is not None
        self.read.add(index)
        if "sheet" in part.pictures:  # the best of all: nothing that was merged before adds to it
            self.best, self.facts = one, dict(part.facts)
            self.pictures, self.sheet = int(part.facts["pictures"]), index
        elif self.sheet is None:
            self.best = one if self.best is None else best_of(self.best, one)
            self.facts = dict(part.facts)
            self.pictures += int(part.facts["pictures"])


class FoundCache:
    """The runs that were looked at last; only new shards are read and merged. Safe to use from several threads."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, Found] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, client: Client, run: RunRecord) -> Found | None:
        """What is found now; None while there is nothing."""
        with self._lock:
            found = self._found.get(run.key)
            if found is None or found.stamp != run.submitted_at:
                found = self._found[run.key] = Found(stamp=run.submitted_at)
            self._found.move_to_end(run.key)
            while len(self._found) > KEPT_RUNS:
                self._found.popitem(last=False)
            self._read_missing(client, run, found)
            return found if found.best is not None else None

    @staticmethod
    def _read_missing(client: Client, run: RunRecord, found: Found) -> None:
        if found.sheet is not None or len(found.read) >= run.done:
            return
        if run.status == "complete" and run.total and (data := client.results.part(run.key, run.total - 1)):
            found.add(run.total - 1, data)  # the best of all: the others need not be read
            return
        there = client.store.parts.indices(run.key)
        for index, data in sorted(client.results.parts(run.key, there - found.read).items()):
            found.add(index, data)


@lru_cache(maxsize=1)
def found_cache() -> FoundCache:
    """The cache of this process."""
    return FoundCache()


def channels_of(run: RunRecord) -> list[int]:
    """Channel number of each row; [] while it is not known how many there are."""
    count = int(run.facts.get("metrics", {}).get("channels", 0))
    return [int(c) for c in run.fields.get("channels") or range(count)]


def run_with_channel(client: Client, model: str, layer: str, channel: int) -> RunRecord | None:
    """The newest finished run that has a channel's examples, of whichever data set; None where there is none.

    Args:
        client: of the installation.
        model: its reference.
        layer: its path.
        channel: of the layer.
    """
    facets = {"kind": DatasetExamples.kind, "state": "complete"}
    runs = client.store.runs.newest(facets, {"model": model, "layer": layer})
    return next((run for run in runs if run.status == "complete" and channel in channels_of(run)), None)
