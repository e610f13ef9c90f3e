"""Which channels of a layer are the same filter turned: from how each answers to every tile in eight positions.

Chollet, "How convolutional neural networks see the world", 2016: many filters are the same one rotated by a multiple
of 90 degrees. NumPy alone, so that a page draws pairs while tiles still come in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# The eight symmetries of a square, in the order of all arrays here: quarter turns against the clock, then the same
# after a reflection left to right.
SYMMETRIES = (
    "as it is", "turned 90°", "turned 180°", "turned 270°",
    "mirrored", "mirrored, turned 90°", "mirrored, turned 180°", "mirrored, turned 270°",
)  # fmt: skip
# A reflection is its own inverse, and so are its turns; quarter turns are each other's.
INVERSE = (0, 3, 2, 1, 4, 5, 6, 7)
# From here on two channels count as one filter: each answers to the other's turned tile nearly as to its own.
ALIKE = 0.8
# How alike twins may have to be, from hardly to the same.
THRESHOLDS = tuple(round(0.2 + 0.05 * i, 2) for i in range(16))


def turn(picture: np.ndarray, symmetry: int) -> np.ndarray:
    """A square picture, (side, side, ...), in one of its eight positions."""
    first = picture[:, ::-1] if symmetry >= 4 else picture
    return np.ascontiguousarray(np.rot90(first, symmetry % 4))


@dataclass(frozen=True)
class Pair:
    """Two channels.

    Attributes:
        first, second: their numbers in the layer.
        symmetry: what is done to the first one's tile to get the second one's.
        likeness: 0 to 1, see likeness_of().
    """

    first: int
    second: int
    symmetry: int
    likeness: float


def likeness_of(responses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How alike channels are in the best of eight positions.

    Channel j's answer to channel k's tile in position s is measured from j's usual answer to tiles, 0, to its answer
    to its own tile, 1. Two channels are as alike as the smaller of both directions says: k's tile turned by s for j,
    and j's tile turned back for k.

    Args:
        responses: float (tile, 8, channel): mean activation of every channel for every tile in every position; tile i
            is channel i's.

    Returns:
        float32 (channel, channel) in [0, 1], symmetric, 1 on the diagonal; int8 (channel, channel), the symmetry
        that turns the row's tile into the column's. Channels that answer no more to their own tile than to others
        are like none.
    """
    values = np.asarray(responses, np.float32)
    usual = np.median(values.reshape(-1, values.shape[-1]), axis=0)
    own = values[:, 0].diagonal() - usual
    reached = np.where(own > 0, (values - usual) / np.where(own > 0, own, 1.0), 0.0)
    # (row, symmetry, column): the row's tile for the column; and the column's tile, turned back, for the row.
    back = reached[:, INVERSE].transpose(2, 1, 0)
    both = np.clip(np.minimum(reached, back), 0.0, 1.0)
    best = both.argmax(axis=1).astype(np.int8)
    found = both.max(axis=1).astype(np.float32)
    living = own > 0
    found *= living[:, None] & living[None, :]
    # Found from either side, the same pair may tie between symmetries: the upper half decides for both.
    upper = np.triu_indices(len(found), 1)
    best.T[upper] = np.asarray(INVERSE, np.int8)[best[upper]]
    found.T[upper] = found[upper]
    np.fill_diagonal(found, 1.0)
    np.fill_diagonal(best, 0)
    return found, best


def kernel_likeness(kernels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same, straight from kernels: the cosine of one and the other turned, 0 where it is negative.

    Args:
        kernels: float (side, side, input, channel), square.

    Returns:
        As likeness_of().
    """
    flat = [_unit(turn(kernels, s).reshape(-1, kernels.shape[-1])) for s in range(len(SYMMETRIES))]
    cosines = np.stack([one.T @ flat[0] for one in flat])  # (symmetry, turned one, other)
    found = np.clip(cosines.max(axis=0), 0.0, 1.0).astype(np.float32)
    best = cosines.argmax(axis=0).astype(np.int8)
    np.fill_diagonal(found, 1.0)
    np.fill_diagonal(best, 0)
    return found, best


def _unit(columns: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(columns, axis=0)
    return np.divide(columns, lengths, out=np.zeros_like(columns, dtype=np.float32), where=lengths > 0)


def pairs_of(
    likeness: np.ndarray, symmetry: np.ndarray, channels: Sequence[int], least: float = ALIKE, most: int = 1000
) -> list[Pair]:
    """Pairs that are at least so alike, most alike first.

    Args:
        likeness, symmetry: from likeness_of() or kernel_likeness().
        channels: number in the layer of each row.
        least: likeness, 0 to 1.
        most: pairs.
    """
    rows, columns = np.nonzero(np.triu(likeness >= least, 1))
    order = np.argsort(-likeness[rows, columns], kind="stable")[:most]
    return [
        Pair(int(channels[i]), int(channels[j]), int(symmetry[i, j]), float(likeness[i, j]))
        for i, j in zip(rows[order], columns[order], strict=True)
    ]


def really_different(likeness: np.ndarray, least: float = ALIKE) -> list[int]:
    """Rows that remain when each that is alike to an earlier remaining one is left out: how many filters there are.

    Of a chain in which neighbours are alike and the ends are not, every other one remains.
    """
    kept: list[int] = []
    for row in range(len(likeness)):
        if not (likeness[row, kept] >= least).any():
            kept.append(row)
    return kept


@dataclass(frozen=True)
class Group:
    """Channels that count as one filter.

    Attributes:
        first: number in the layer of the one that stands for all.
        others: pairs of that one and each of the others, most alike first.
    """

    first: int
    others: tuple[Pair, ...]


def groups_of(likeness: np.ndarray, symmetry: np.ndarray, channels: Sequence[int], least: float = ALIKE) -> list[Group]:
    """Every channel in one group: of the earliest one that remains, see really_different(), and that it is alike to.

    Args:
        likeness, symmetry: from likeness_of() or kernel_likeness().
        channels: number in the layer of each row.
        least: likeness, 0 to 1.

    Returns:
        The largest first.
    """
    firsts = really_different(likeness, least)
    members: dict[int, list[Pair]] = {row: [] for row in firsts}
    for row in sorted(set(range(len(likeness))) - members.keys()):
        of = next(one for one in firsts if likeness[row, one] >= least)
        members[of].append(Pair(channels[of], channels[row], int(symmetry[of, row]), float(likeness[of, row])))
    found = [Group(channels[row], tuple(sorted(m, key=lambda p: -p.likeness))) for row, m in members.items()]
    return sorted(found, key=lambda group: (-len(group.others), group.first))


def stacked_responses(
    responses: Mapping[int, np.ndarray], channels: Mapping[int, int] | Sequence[int]
) -> tuple[np.ndarray, list[int]]:
    """Answers of the tiles that are there, to the channels that have a tile.

    Args:
        responses: place in `channels` to float (8, channels of the layer).
        channels: number in the layer of each place.

    Returns:
        float32 (tile, 8, tile), and the places.
    """
    places = sorted(responses)
    numbers = [channels[i] for i in places]
    return np.stack([np.asarray(responses[i], np.float32)[:, numbers] for i in places]), places
