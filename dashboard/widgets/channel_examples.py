"""What the shards of an examples run have found so far, and the run that has a channel's examples."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from dashboard.server.addresses import SignedAddress
from dashboard.server.caches import Cache
from dashboard.widgets.shown_bands import bands_query
from shared.analyses.dataset_examples.numbers import Examples, best_of, merge
from shared.analyses.dataset_examples.parts import BEST, SHARD, ExampleFacts
from shared.analyses.dataset_examples.spec import DatasetExamples
from shared.client import Client
from shared.results import decode_part
from shared.store import RunRecord

# Edges of a piece: on the sheet of all channels, of one channel, and alone.
EDGES = (44, 96, 240)
# A tile of pieces of a data set's pictures.
pieces_address = SignedAddress("/img/pieces/{key}/{edge:int}/{k:int}/{places}.jpg")
Place = tuple[int, int, int, int, int]
KEPT_RUNS = 8
# So many of a layer's newest runs are looked at.
ASKED = 40


def places_of(found: Examples, row: int) -> list[Place]:
    """Picture, top, left, bottom and right of a channel's pieces, best first; none for a channel that stays shut."""
    places = (place for place in range(found.values.shape[1]) if found.excites(row, place))
    return [(int(found.picture[row, p]), *(int(n) for n in found.box[row, p])) for p in places]  # type: ignore[misc]


def pieces_start(reference: str, edge: int) -> str:
    """What the addresses of all tiles begin with; pieces_end() follows."""
    return pieces_address(reference, edge, "", "").removesuffix("/.jpg")


def pieces_end(places: Sequence[Place], k: int) -> str:
    """The pieces of one tile with room for k, in the chosen bands."""
    return f"{k}/{'_'.join('-'.join(map(str, one)) for one in places)}.jpg{bands_query()}"


def pieces_url(reference: str, places: Sequence[Place], edge: int, k: int = 1) -> str:
    """A tile of pieces, or one alone."""
    return pieces_start(reference, edge) + pieces_end(places, k)


@dataclass
class ChannelExamples:
    """One run's examples.

    Attributes:
        best: of the shards that are read.
        facts: of the part that was read last.
        pictures: how many were looked at.
        sheet: number of the part that holds the sheet; None before it is made.
    """

    best: Examples | None = None
    facts: ExampleFacts | None = None
    pictures: int = 0
    sheet: int | None = None
    read: set[int] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, index: int, data: bytes) -> None:
        """Merge one encoded part."""
        part = decode_part(data)
        one = merge([part.arrays])
        assert one is not None
        self.read.add(index)
        if "sheet" in part.pictures:  # the best of all: nothing that was merged before adds to it
            self.best, self.facts = one, BEST.read(part)
            self.pictures, self.sheet = self.facts["pictures"], index
        elif self.sheet is None:
            self.best = one if self.best is None else best_of(self.best, one)
            self.facts = SHARD.read(part)
            self.pictures += self.facts["pictures"]


_found: Cache[ChannelExamples] = Cache(KEPT_RUNS)


def read_examples(client: Client, run: RunRecord) -> ChannelExamples | None:
    """What is found now, only new shards being read and merged; None while there is nothing."""
    found = _found.get((run.key, run.stamp), ChannelExamples)
    with found.lock:
        _read_missing(client, run, found)
    return found if found.best is not None else None


def _read_missing(client: Client, run: RunRecord, found: ChannelExamples) -> None:
    if found.sheet is not None or len(found.read) >= run.done:
        return
    if run.status == "complete" and run.total and (data := client.results.part(run.key, run.total - 1)):
        found.add(run.total - 1, data)  # the best of all: the others need not be read
        return
    there = client.store.parts.indices(run.key)
    for index, data in sorted(client.results.parts(run.key, there - found.read).items()):
        found.add(index, data)


def channels_of(run: RunRecord) -> list[int]:
    """Channel number of each row; [] while it is not known how many there are."""
    count = int(run.facts.get("metrics", {}).get("channels", 0))
    return [int(c) for c in run.fields.get("channels") or range(count)]


def run_with_channel(client: Client, model: str, layer: str, channel: int) -> RunRecord | None:
    """The run that has a channel's examples, of whichever data set: the newest complete one, else the newest that has
    looked at some pictures and names its channels; None where there is none.
    """
    runs = islice(client.store.runs.newest({"kind": DatasetExamples.kind}, {"model": model, "layer": layer}), ASKED)
    found = [run for run in runs if run.done and _has(run, channel)]
    return max(found, key=lambda run: run.status == "complete", default=None)


def _has(run: RunRecord, channel: int) -> bool:
    """Whether a run is about a channel; one of a whole layer says how many there are only when it is complete."""
    whole = run.status != "complete" and not run.fields.get("channels")
    return whole or channel in channels_of(run)
