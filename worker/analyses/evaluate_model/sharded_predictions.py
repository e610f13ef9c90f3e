"""The pictures' way through a network, cut into parts as they come out, whatever is asked of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
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
    """One attempt at some parts.

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
    waiting: list[np.ndarray] = field(default_factory=list)

    def parts(self, indices: list[int]) -> Iterator[Part | Progress]:
        """Parts of these numbers, and progress between them."""
        if not indices:
            return
        order = np.concatenate([self.shards[i] for i in indices])
        everything = sum(map(len, self.shards))
        batches = iter(self.feed.some(order))
        done, left = 0, list(indices)
        while left:
            before = everything - len(order) + done
            progress = Progress(f"{before:,} of {everything:,} pictures", fraction=before / everything)
            found = yield from yielding(self._next(batches, order[done:]), progress)
            done += len(found)
            self.waiting.append(found)
            while left and sum(map(len, self.waiting)) >= len(self.shards[left[0]]):
                yield self._whole(left.pop(0))

    def _next(self, batches: Iterator[Any], places: np.ndarray) -> Callable[[], np.ndarray]:
        def answered() -> np.ndarray:
            answers = self.network.predictions(next(batches)[0])
            return self.rows(answers, places[: len(answers)])

        return answered

    def _whole(self, index: int) -> Part:
        places, rows = self.shards[index], np.concatenate(self.waiting)
        rows, self.waiting = rows[: len(places)], [rows[len(places) :]]
        return self.part(index, places, rows)


def shards_of(places: np.ndarray) -> list[np.ndarray]:
    """Places in parts of SHARD."""
    return [places[start : start + SHARD] for start in range(0, len(places), SHARD)]


def part_name(index: int, places: np.ndarray) -> str:
    """What a part is called: "pictures 257–512"."""
    first = index * SHARD
    return f"pictures {first + 1}–{first + len(places)}"
