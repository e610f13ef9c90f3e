"""Places for boxes of a graph, in layers from top to bottom, after Sugiyama, Tagawa and Toda 1981: each box below all
that feed it; what passes other boxes has a lane of its own; orders within a layer by the mean of the neighbours'.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

# Pixels between boxes side by side, between layers, and for a line that passes.
ACROSS, DOWN, LANE = 18.0, 26.0, 12.0
SWEEPS = 6


@dataclass
class _Place:
    """A box, or a bend of a line."""

    width: float
    height: float
    rank: int
    box: int | None
    x: float = 0.0
    y: float = 0.0

    @property
    def centre(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Layout:
    """Where everything is, in pixels.

    Attributes:
        corners: left and top of each box.
        lines: of each edge, from the bottom of one box to the top of another: points (x, y).
        width, height: of all of it.
    """

    corners: list[tuple[float, float]]
    lines: list[list[tuple[float, float]]]
    width: float
    height: float


def layered(sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]]) -> Layout:
    """Place boxes.

    Args:
        sizes: width and height of each box, in pixels.
        edges: from a box to one with a higher number.
    """
    if not sizes:
        return Layout([], [], 0.0, 0.0)
    places = [_Place(width, height, 0, at) for at, (width, height) in enumerate(sizes)]
    for start, end in sorted(edges, key=lambda edge: edge[1]):
        places[end].rank = max(places[end].rank, places[start].rank + 1)
    ways = _with_bends(places, edges)
    links = sorted({step for way in ways for step in pairwise(way)})
    ranks: list[list[int]] = [[] for _ in range(max(place.rank for place in places) + 1)]
    for at, place in enumerate(places):
        ranks[place.rank].append(at)
    _order(ranks, links)
    _set_across(places, ranks, links)
    height = _set_down(places, ranks)
    lines = [_line(places, way) for way in ways]
    corners = [(place.x, place.y) for place in places[: len(sizes)]]
    return Layout(corners, lines, max(place.x + place.width for place in places), height)


def _with_bends(places: list[_Place], edges: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The ways of the edges over ranks; bends are added to the places, one for all that a box sends past a rank."""
    bends: dict[tuple[int, int], int] = {}
    ways = []
    for start, end in edges:
        way = [start]
        for rank in range(places[start].rank + 1, places[end].rank):
            if (start, rank) not in bends:
                bends[start, rank] = len(places)
                places.append(_Place(LANE, 0.0, rank, None))
            way.append(bends[start, rank])
        ways.append([*way, end])
    return ways


def _order(ranks: list[list[int]], links: Sequence[tuple[int, int]]) -> None:
    """Sort each rank by where its neighbours stand in the one above, then in the one below, and again."""
    above, below = _neighbours(links)
    for sweep in range(SWEEPS):
        near, those = (above, ranks) if sweep % 2 == 0 else (below, ranks[::-1])
        spot = {at: i / max(1, len(rank) - 1) for rank in ranks for i, at in enumerate(rank)}
        for rank in those:
            rank.sort(key=lambda at: _mean([spot[one] for one in near.get(at, ())], spot[at]))
            spot |= {at: i / max(1, len(rank) - 1) for i, at in enumerate(rank)}


def _set_across(places: list[_Place], ranks: list[list[int]], links: Sequence[tuple[int, int]]) -> None:
    """Give everything a left edge: beside its neighbours, in the order of its rank, without touching."""
    above, below = _neighbours(links)
    for rank in ranks:
        _spread(places, rank, [0.0] * len(rank))
    for sweep in range(SWEEPS):
        near, those = (above, ranks) if sweep % 2 == 0 else (below, ranks[::-1])
        for rank in those:
            wanted = [_mean([places[one].centre for one in near.get(at, ())], places[at].centre) for at in rank]
            _spread(places, rank, wanted)
    left = min(place.x for place in places)
    for place in places:
        place.x -= left


def _spread(places: list[_Place], rank: Sequence[int], wanted: Sequence[float]) -> None:
    """Centres as near to the wanted ones as the order allows: runs that would touch are centred together."""
    runs: list[tuple[list[int], float, float]] = []  # members, wanted centre of the run, width
    for at, centre in zip(rank, wanted, strict=True):
        run = ([at], centre, places[at].width)
        while runs and runs[-1][1] + runs[-1][2] / 2 + ACROSS > run[1] - run[2] / 2:
            before = runs.pop()
            width = before[2] + ACROSS + run[2]
            many, more = len(before[0]), len(run[0])
            # Where the middle of both would be, if each had its own way.
            left, right = before[1] + (width - before[2]) / 2, run[1] - (width - run[2]) / 2
            middle = (left * many + right * more) / (many + more)
            run = (before[0] + run[0], middle, width)
        runs.append(run)
    for members, middle, width in runs:
        x = middle - width / 2
        for at in members:
            places[at].x = x
            x += places[at].width + ACROSS


def _set_down(places: list[_Place], ranks: list[list[int]]) -> float:
    """Give everything a top; the height of all."""
    y = 0.0
    for rank in ranks:
        height = max((places[at].height for at in rank), default=0.0)
        for at in rank:
            places[at].y = y
            if places[at].box is None:
                places[at].height = height
        y += height + DOWN
    return y - DOWN


def _line(places: Sequence[_Place], way: Sequence[int]) -> list[tuple[float, float]]:
    """Points of a line: out at the bottom, straight past each rank, in at the top."""
    start, end = places[way[0]], places[way[-1]]
    points = [(start.centre, start.y + start.height)]
    for at in way[1:-1]:
        points += [(places[at].centre, places[at].y), (places[at].centre, places[at].y + places[at].height)]
    return [*points, (end.centre, end.y)]


def _neighbours(links: Sequence[tuple[int, int]]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    above: dict[int, list[int]] = {}
    below: dict[int, list[int]] = {}
    for start, end in links:
        above.setdefault(end, []).append(start)
        below.setdefault(start, []).append(end)
    return above, below


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def curve(points: Sequence[tuple[float, float]]) -> str:
    """A line as an SVG path, upright wherever it leaves, passes and arrives."""
    (x, y), *rest = points
    path = f"M{x:.0f} {y:.0f}"
    for to_x, to_y in rest:
        if to_x == x:
            path += f"V{to_y:.0f}"
        else:
            half = (y + to_y) / 2
            path += f"C{x:.0f} {half:.0f} {to_x:.0f} {half:.0f} {to_x:.0f} {to_y:.0f}"
        x, y = to_x, to_y
    return path
