"""Tiles of a layer that exist already, from whichever atlas has most to show: finished, under way or cancelled."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from dashboard.server.connection import get_client
from dashboard.widgets.shown_bands import preview_seen_url, seen_url
from shared.analyses.ascent_modes import DEFAULT_MODE
from shared.analyses.filter_atlas.spec import FilterAtlas
from shared.analyses.filter_twins.spec import FilterTwins
from shared.client import Client
from shared.store import RunRecord

# So many of a layer's newest atlases are looked at.
ASKED = 12


@dataclass(frozen=True)
class Tiles:
    """The tiles of a run, finished and at a first look."""

    run: RunRecord

    @cached_property
    def places(self) -> dict[int, int]:
        """Channel to the number of its part."""
        return {int(c): i for i, c in enumerate(self.run.fields.get("channels") or range(self.run.total or 0))}

    @cached_property
    def finished(self) -> set[int]:
        """Numbers of the parts that are made."""
        if self.run.status == "complete":
            return set(self.places.values())
        return get_client().store.parts.indices(self.run.key)

    @cached_property
    def looks(self) -> set[int]:
        """Numbers of those that are shown as they look so far."""
        return get_client().store.previews.indices(self.run.key) if self.run.previews else set()

    def quality(self, channel: int) -> int:
        """2 for a finished tile of the channel, 1 for a first look, 0 for none."""
        place = self.places.get(channel, -1)
        return 2 if place in self.finished else int(place in self.looks)

    def url(self, channel: int) -> str:
        """Address of the channel's tile; "" where there is none."""
        if not (quality := self.quality(channel)):
            return ""
        address = seen_url(self.run.key, self.places[channel], "tile")
        return address if quality == 2 else preview_seen_url(self.run, self.places[channel], "tile")


def tiles_of(client: Client, model: str, layer: str, channel: int) -> Tiles | None:
    """The run with the best tile of a channel, and of these the one with most tiles; None where no run has any."""
    found = [Tiles(run) for run in _runs(client, model, layer)]
    return max(found, key=lambda tiles: _rank(tiles, channel), default=None)


def _runs(client: Client, model: str, layer: str) -> Iterator[RunRecord]:
    reference = client.models.resolve(model)
    for kind in (FilterAtlas, FilterTwins):
        wanted = {"model": reference, "layer": layer}
        runs = islice(client.store.runs.newest({"kind": kind.kind}, wanted), ASKED)
        yield from (run for run in runs if run.total and (run.done or run.previews) and not run.fields.get("image"))


def _rank(tiles: Tiles, channel: int) -> tuple[int, ...]:
    usual = tiles.run.fields.get("mode", DEFAULT_MODE) == DEFAULT_MODE
    return tiles.quality(channel), int(usual), int(tiles.run.kind == FilterAtlas.kind), len(tiles.finished)
