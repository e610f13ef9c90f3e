"""The pictures' way through a network, cut into parts as they come out, whatever is asked of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from shared.analyses.evaluate_model.spec import SHARD
from shared.results import Part, Progress
from worker.analyses.background import yielding
from worker.analyses.evaluate_model.classifier import Classifier
from worker.pictures.datasets import PictureFeed

# From a batch's answers and the places of its pictures in the split to a row a picture.
Rows = Callable[[np.ndarray, np.ndarray], np.ndarray]
# From a part's number, the places of its pictures and their rows to the part.
PartOf = Callable[[int, np.ndarray, np.ndarray], Part]


@dataclass
class ShardedPredictions:
    """What makes the parts of a run, each by itself, so that a part is the same whoever makes it.

    Attributes:
        network: what is asked.
        feed: the pictures.
        shards: places in the split of each part's pictures.
        part: makes a part.
        rows: what is kept of a batch's answers until its part is whole.
    """

    network: Classifier
    feed: PictureFeed
    shards: list[np.ndarray]
    part: PartOf
    rows: Rows = lambda answers, _: answers

    def answer(self, index: int) -> Iterator[Part | Progress]:
        """The part of this number, and progress before it."""
        places, found = self.shards[index], list[np.ndarray]()
        before, everything = sum(map(len, self.shards[:index])), sum(map(len, self.shards))
        batches = iter(self.feed.some(places))
        while (done := sum(map(len, found))) < len(places):
            at = before + done
            progress = Progress(f"picture {at + 1:,} of {everything:,}", fraction=at / everything)
            found.append((yield from yielding(self._next(batches, places[done:]), progress)))
        yield self.part(index, places, np.concatenate(found))

    def _next(self, batches: Iterator[Any], places: np.ndarray) -> Callable[[], np.ndarray]:
        def answered() -> np.ndarray:
            answers = self.network.predictions(next(batches)[0])
            return self.rows(answers, places[: len(answers)])

        return answered


def shards_of(places: np.ndarray) -> list[np.ndarray]:
    """Places in parts of SHARD."""
    return [places[start : start + SHARD] for start in range(0, len(places), SHARD)]


def part_name(index: int, places: np.ndarray) -> str:
    """What a part is called: "pictures 257–512"."""
    first = index * SHARD
    return f"pictures {first + 1}–{first + len(places)}"
