"""Feature maps on their way to the browser: parts that were read last, and the sheets that were drawn of them."""

import io
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from dashboard.server.signing import sign
from dashboard.widgets.tiles import Look, thumbnail_edge
from shared.client import Client
from shared.images.contact_sheet import columns_for
from shared.images.feature_maps import (
    Colour,
    Limits,
    Scale,
    colour_limits,
    is_signed,
    map_sheet,
    palette,
    shared_limits,
    steps_of,
    tile_edge,
    zscored,
)
from shared.results import Part, decode_part
from shared.store import RunRecord

# A layer's maps take 6 MB where a network begins and 50 kB where it ends; a person looks at a few back and forth.
KEPT_PART_BYTES = 32_000_000
KEPT_SHEETS = 24
# As small as level 6 on maps, in a quarter of the time.
PNG_LEVEL = 1


@dataclass(frozen=True)
class Painting:
    """What a sheet is drawn with.

    Attributes:
        scale: whose extremes get the last colours.
        colour: colour map for values that cannot be negative.
        other: key of the run whose picture stands beside, so that both get the same limits; "" for none.
    """

    scale: Scale
    colour: Colour
    other: str = ""


class PartCache:
    """Decoded parts, those that were used last, up to a number of bytes. Safe to use from several threads."""

    def __init__(self) -> None:
        self._parts: OrderedDict[tuple[str, str, int], tuple[Part, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, client: Client, run: RunRecord, index: int) -> Part | None:
        """A part of a run; None while it is not made, or when it has left the store."""
        name = (run.key, stamp(run), index)
        with self._lock:
            if name in self._parts:
                self._parts.move_to_end(name)
                return self._parts[name][0]
        data = client.results.part(run.key, index)
        if data is None:
            return None
        part = decode_part(data)
        with self._lock:
            self._parts[name] = part, len(data)
            while len(self._parts) > 1 and sum(size for _, size in self._parts.values()) > KEPT_PART_BYTES:
                self._parts.popitem(last=False)
        return part


@lru_cache(maxsize=1)
def part_cache() -> PartCache:
    """The cache of this process."""
    return PartCache()


def stamp(run: RunRecord) -> str:
    """Changes when a run is computed anew, so that addresses of pictures may be kept for ever."""
    return f"{int(run.submitted_at * 1000):x}"


def summary(client: Client, run: RunRecord) -> Mapping[str, Any]:
    """Facts of part 0; {} before it is made."""
    if run.status == "absent":
        return {}
    part = part_cache().get(client, run, 0)
    return part.facts if part else {}


def largest_value(facts: Mapping[str, Any]) -> float:
    """Greatest absolute value of all layers of a run."""
    rows = facts.get("layers", [])
    return max((max(abs(row["minimum"]), abs(row["maximum"])) for row in rows), default=0.0)


def limits_of(client: Client, run: RunRecord, index: int, scale: Scale, other: str = "") -> Limits | None:
    """Limits of a layer's channels; with a second run, those that both share. None when a part is gone."""
    mine = _own_limits(client, run, index, scale)
    beside = client.record(other) if other else None
    if mine is None or beside is None:
        return mine
    theirs = _own_limits(client, beside, index, scale)
    return mine if theirs is None else shared_limits(mine, theirs)


def _own_limits(client: Client, run: RunRecord, index: int, scale: Scale) -> Limits | None:
    part = part_cache().get(client, run, index)
    if part is None:
        return None
    largest = largest_value(summary(client, run)) if scale == "all" else 0.0
    return colour_limits(part.facts, part.arrays, scale, largest)


def edge_of(row: Mapping[str, Any], look: Look) -> int:
    """Edge of a tile on a layer's sheet, in pixels."""
    largest = thumbnail_edge(row["channels"], 1024, look)
    return tile_edge(row["height"], row["width"], largest)


def rows_of_sheet(channels: int) -> tuple[int, int]:
    """Columns and rows of a sheet."""
    columns = columns_for(channels)
    return columns, -(-channels // columns)


def map_colours(low: float, scale: Scale, colour: Colour) -> np.ndarray:
    """uint8 (255, 3): the diverging map where values can be negative, else the chosen one."""
    return palette("diverging" if is_signed(low, scale) else colour)


class DrawnSheets:
    """PNGs of layers, the latest ones. Safe to use from several threads."""

    def __init__(self) -> None:
        self._drawn: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, client: Client, run: RunRecord, index: int, how: Painting, look: Look) -> bytes | None:
        """A layer's sheet; None when its maps are not there."""
        name = (run.key, stamp(run), index, how, look)
        with self._lock:
            if name in self._drawn:
                self._drawn.move_to_end(name)
                return self._drawn[name]
        png = _draw(client, run, index, how, look)
        if png is not None:
            with self._lock:
                self._drawn[name] = png
                while len(self._drawn) > KEPT_SHEETS:
                    self._drawn.popitem(last=False)
        return png


@lru_cache(maxsize=1)
def drawn_sheets() -> DrawnSheets:
    """The sheets of this process."""
    return DrawnSheets()


def _draw(client: Client, run: RunRecord, index: int, how: Painting, look: Look) -> bytes | None:
    part = part_cache().get(client, run, index)
    limits = limits_of(client, run, index, how.scale, how.other)
    if part is None or limits is None:
        return None
    maps = zscored(part.arrays["maps"]) if how.scale == "zscore" else part.arrays["maps"]
    colours = map_colours(float(limits[0].min()), how.scale, how.colour)
    picture = map_sheet(steps_of(maps, limits), colours, edge_of(part.facts, look))
    out = io.BytesIO()
    picture.save(out, format="PNG", compress_level=PNG_LEVEL)
    return out.getvalue()


def values_url(run: RunRecord, index: int, channel: int | str) -> str:
    """One channel's values; with "{}" for the channel, a pattern of such addresses."""
    return f"/img/values/{sign(run.key)}/{run.key}/{stamp(run)}/{index}/{channel}.f16"


def seen_url(run: RunRecord) -> str:
    """The picture as the network sees it."""
    return f"/img/seen/{sign(run.key)}/{run.key}/{stamp(run)}/picture.png"
