"""Which parts of a run an analysis is to make: all that are missing, or those that other workers leave to it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Series:
    """Parts that one loop of an analysis makes, in the order of their numbers.

    Attributes:
        total: number of parts of the whole result.
        first, step: the loop's parts are first, first + step, ... below total. Where several parts are made together,
            such as all maps of a picture, the one that is made last stands for them.
        closing: whether the last part is made of all others; it comes when they are stored.
        summary: whether something is said of all parts together in the end; whoever leads then comes to the end of its
            analysis once more when all parts are stored.
    """

    total: int
    first: int = 0
    step: int = 1
    closing: bool = False
    summary: bool = False


class PartSource(Protocol):
    """Where an analysis gets the numbers of its next parts.

    Attributes:
        made: how many parts of the whole run were there at the last question.
    """

    made: int

    def take(self, most: int, held: Collection[int] = ()) -> list[int]:
        """The next parts to be made, at most so many; none where nothing is left for this worker.

        Args:
            most: how many.
            held: parts that were taken before and are not made yet.
        """
        ...

    def take_looks(self, most: int) -> list[int]:
        """The next parts to be looked at before any is made, each once; at most so many."""
        ...


class ListedParts:
    """Parts of one worker alone.

    Args:
        missing: their numbers, in order.
        looked: those of which there is a first look already.
        made: parts that are there.
    """

    def __init__(self, missing: Iterable[int], looked: Collection[int] = (), made: int = 0) -> None:
        self._missing = list(missing)
        self._unseen = [index for index in self._missing if index not in looked]
        self._before, self._taken = made, 0
        self.made = made

    def take(self, most: int, held: Collection[int] = ()) -> list[int]:
        """The next so many."""
        taken, self._missing = self._missing[:most], self._missing[most:]
        self.made = self._before + self._taken - len(held)
        self._taken += len(taken)
        return taken

    def take_looks(self, most: int) -> list[int]:
        """The next so many that nobody has looked at."""
        taken, self._unseen = self._unseen[:most], self._unseen[most:]
        return taken
