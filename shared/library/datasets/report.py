"""What the check of a data set says: worked out from its card alone, so it can be shown again at any time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from shared.library.datasets.card import DatasetCard, Picture
from shared.uploads.class_folders import SPLITS

# Of the 128 signs of a thumbnail: of four thousand photographs no two unrelated ones differed in fewer than 15, and a
# copy at another quality differs in 0 to 3.
NEAR_BITS = 6
# Eight words of 16 bits: two pictures that differ in at most six bits agree in one word.
_WORDS = range(0, 32, 4)
_MOST_IN_A_BUCKET = 200
# A largest class of so many times the smallest is worth a word: "always the largest" is then a good guesser.
UNBALANCED = 1.5


@dataclass(frozen=True)
class DatasetReport:
    """What a person should know before training on a data set. Numbers of pictures are positions in the card.

    Attributes:
        counts: split to class to number of pictures.
        leaks: groups of the same picture in two or more splits.
        conflicts: groups of the same picture under two or more classes.
        repeats: number of pictures that stand more than once within a split and a class, the first one not counted.
        near: pairs in different splits that look alike but are not equal: a hint, not a proof.
        sizes: smallest, median and largest width and height, in pixels.
        modes: Pillow's mode to number of pictures.
        balance: size of the largest class over that of the smallest, in training.
    """

    counts: dict[str, dict[str, int]]
    leaks: tuple[tuple[int, ...], ...]
    conflicts: tuple[tuple[int, ...], ...]
    repeats: int
    near: tuple[tuple[int, int], ...]
    sizes: dict[str, tuple[int, int]]
    modes: dict[str, int]
    balance: float

    @property
    def total(self) -> int:
        """Pictures in all."""
        return sum(sum(row.values()) for row in self.counts.values())


def report(card: DatasetCard) -> DatasetReport:
    """Look through a card; a second for 70,000 pictures."""
    groups = _same(card.pictures)
    return DatasetReport(
        counts=_counts(card),
        leaks=tuple(g for g in groups if len({card.pictures[i].split for i in g}) > 1),
        conflicts=tuple(g for g in groups if len({card.pictures[i].label for i in g}) > 1),
        repeats=sum(_repeated(card.pictures, g) for g in groups),
        near=tuple(sorted(_near(card.pictures))),
        sizes=_sizes(card.pictures),
        modes=dict(Counter(picture.mode for picture in card.pictures).most_common()),
        balance=_balance(card),
    )


def _counts(card: DatasetCard) -> dict[str, dict[str, int]]:
    found = Counter((picture.split, picture.label) for picture in card.pictures)
    return {
        split: {name: found[split, label] for label, name in enumerate(card.classes)}
        for split in SPLITS
        if split in card.splits
    }


def _same(pictures: Sequence[Picture]) -> list[tuple[int, ...]]:
    """Groups of two or more pictures with equal pixels."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, picture in enumerate(pictures):
        groups[picture.digest].append(number)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _repeated(pictures: Sequence[Picture], group: Iterable[int]) -> int:
    places = Counter((pictures[i].split, pictures[i].label) for i in group)
    return sum(number - 1 for number in places.values())


def _near(pictures: Sequence[Picture]) -> Iterator[tuple[int, int]]:
    """Pairs in different splits whose thumbnails agree in all but a few signs."""
    looks = [int(picture.look, 16) for picture in pictures]
    seen: set[tuple[int, int]] = set()
    for bucket in _buckets(pictures):
        for i, j in combinations(bucket, 2):
            one, other = pictures[i], pictures[j]
            if one.split == other.split or one.digest == other.digest or (i, j) in seen:
                continue
            if (looks[i] ^ looks[j]).bit_count() <= NEAR_BITS:
                seen.add((i, j))
                yield i, j


def _buckets(pictures: Sequence[Picture]) -> Iterator[list[int]]:
    """Pictures that agree in one word. Large buckets are flat pictures, which all look alike: left out."""
    for start in _WORDS:
        buckets: dict[str, list[int]] = defaultdict(list)
        for number, picture in enumerate(pictures):
            # Below 32 pixels a thumbnail of 9 x 8 is half the picture: digits would all be near each other.
            if min(picture.width, picture.height) >= 32:
                buckets[picture.look[start : start + 4]].append(number)
        yield from (b for b in buckets.values() if 1 < len(b) <= _MOST_IN_A_BUCKET)


def _sizes(pictures: Sequence[Picture]) -> dict[str, tuple[int, int]]:
    widths, heights = [p.width for p in pictures], [p.height for p in pictures]
    return {
        "smallest": (min(widths), min(heights)),
        "median": (int(median(widths)), int(median(heights))),
        "largest": (max(widths), max(heights)),
    }


def _balance(card: DatasetCard) -> float:
    counts = Counter(picture.label for picture in card.pictures if picture.split == "train")
    return max(counts.values()) / min(counts.values())
