"""How alike the channels of a layer are, as a run of filter_twins measured it."""

from dataclasses import dataclass

import numpy as np

from dashboard.server.caches import bounded_cache
from dashboard.server.connection import get_client
from shared.analyses.filter_twins.numbers import (
    Group,
    Pair,
    groups_of,
    kernel_likeness,
    likeness_of,
    pairs_of,
    really_different,
    stacked_responses,
)
from shared.analyses.filter_twins.parts import TURNED_TILE
from shared.results import decode_part
from shared.store import RunRecord


@dataclass(frozen=True)
class Likeness:
    """How alike the channels with a tile are.

    Attributes:
        channels: number in the layer of each row.
        places: part of each row.
        dead: whether the row's channel never answered.
        by_answers, by_kernels: likeness and symmetry, (row, row) each; None without kernels to turn.
    """

    channels: tuple[int, ...]
    places: tuple[int, ...]
    dead: tuple[bool, ...]
    by_responses: tuple[np.ndarray, np.ndarray]
    by_kernels: tuple[np.ndarray, np.ndarray] | None

    def likeness_and_symmetry(self, kernels: bool) -> tuple[np.ndarray, np.ndarray]:
        """Likeness and symmetry, from kernels if wanted and there."""
        return self.by_kernels if kernels and self.by_kernels else self.by_responses

    def pairs(self, kernels: bool, least: float) -> list[Pair]:
        """Pairs at least so alike, most alike first."""
        return pairs_of(*self.likeness_and_symmetry(kernels), self.channels, least)

    def groups(self, kernels: bool, least: float) -> list[Group]:
        """Living channels that count as one filter, the largest group first."""
        living = [row for row, dead in enumerate(self.dead) if not dead]
        likeness, symmetry = (of[np.ix_(living, living)] for of in self.likeness_and_symmetry(kernels))
        return groups_of(likeness, symmetry, [self.channels[row] for row in living], least)

    def count_different(self, kernels: bool, least: float) -> int:
        """How many living filters remain without their copies."""
        living = [row for row, dead in enumerate(self.dead) if not dead]
        likeness, _ = self.likeness_and_symmetry(kernels)
        return len(really_different(likeness[np.ix_(living, living)], least))


def likeness_of_run(run: RunRecord) -> Likeness | None:
    """From the tiles that are there now; None while there are none."""
    return _likeness(run.key, run.done, run.submitted_at) if run.done else None


@bounded_cache(16)
def _likeness(key: str, _done: int, _submitted_at: float) -> Likeness | None:
    parts = {i: decode_part(data) for i, data in get_client().results.parts(key).items()}
    if not parts:
        return None
    numbers = {i: TURNED_TILE.read(part)["channel"] for i, part in parts.items()}
    responses, places = stacked_responses({i: TURNED_TILE.read_arrays(p)["answers"] for i, p in parts.items()}, numbers)
    kernels = [parts[i].arrays.get("kernel") for i in places]
    found = [k for k in kernels if k is not None]
    return Likeness(
        tuple(numbers[i] for i in places),
        tuple(places),
        tuple(TURNED_TILE.read(parts[i])["dead"] for i in places),
        likeness_of(responses),
        kernel_likeness(np.stack(found, axis=-1)) if len(found) == len(places) else None,
    )
