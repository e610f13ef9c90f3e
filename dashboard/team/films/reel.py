"""What of a film is there by now: tiles, heat maps and how far layers moved, frame by frame, as JSON values."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from dashboard.server.addresses import PERIOD, SignedAddress, part_url
from dashboard.server.caches import Cache
from dashboard.server.connection import get_client
from dashboard.server.parts import facts_of, stored_part
from dashboard.server.responses import error_response, image_response
from dashboard.widgets.address import channel_url
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.text import class_name, percent
from shared.analyses.attribution.files import overlays
from shared.client.films import MAPS, MOVED, TILES
from shared.images.jpeg import jpeg_bytes
from shared.library.films import Film, Frame
from shared.store import RunRecord

# The first method's map of a picture, over the picture: a part of a run of heat maps.
map_url = SignedAddress("/img/film/{key}/{stamp}/{index:int}/map.jpg")
# A run of heat maps by one method has two parts a picture: the picture, then its map.
PARTS_A_PICTURE = 2
EDGE = 256
Cell = Mapping[str, Any]
NOTHING: Cell = {"url": "", "words": "", "silent": False, "link": ""}
# Frames whose cells are kept; one has at most 208.
_seen: Cache["Seen"] = Cache(2000)
GONE = "This heat map has left the cache or was never made."


def heat_map(request: Request) -> Response:
    """A picture with its heat map, JPEG."""
    at, client = request.path_params, get_client()
    run = client.record(at["key"])
    seen = stored_part(client, run, at["index"] - 1) if run.kind else None
    maps = stored_part(client, run, at["index"]) if seen else None
    if seen is None or maps is None or "picture" not in seen.pictures or "maps" not in maps.arrays:
        return error_response(GONE, 410)
    small = Image.fromarray(overlays(seen.pictures["picture"], maps)[0])
    small.thumbnail((EDGE, EDGE))
    return image_response(jpeg_bytes(small), "image/jpeg")


FILM_PICTURE_ROUTES = [map_url.route(heat_map)]


def runs_of(film: Film) -> dict[str, RunRecord]:
    """All runs of a film by key."""
    keys = [key for frame in film.frames for key in frame.runs.values()]
    return {run.key: run for run in get_client().records.get_many(list(dict.fromkeys(keys)))}


def reel_data(film: Film, runs: Mapping[str, RunRecord]) -> dict[str, Any]:
    """What the browser needs to draw the film.

    Returns:
        `frames`: a row an epoch with `epoch` and `words` (its numbers); `strips`: a row a layer, then a row a picture,
        each with `title` and `cells`, one a channel or one for the picture: `name`, and `frames`, one an epoch: `url`
        ("" where there is none yet), `words` under it, `silent`, `link`.
    """
    seen = [frame_seen(film, frame, runs) for frame in film.frames]
    strips = []
    for layer in film.layers:
        # A layer may have fewer channels than the film asks for; a frame's run may be missing.
        shown = range(max((len(one.tiles.get(layer, ())) for one in seen), default=0))
        cells = [{"name": f"channel {c}", "frames": [_at(one.tiles.get(layer, ()), c) for one in seen]} for c in shown]
        strips.append({"title": layer, "cells": cells})
    if film.pictures:
        names = get_client().images.given_names()
        titles = {reference: name for name, reference in names.items()}
        strips.append({"title": "Heat maps", "cells": [
            {"name": picture_title(titles.get(image, image)), "frames": [_at(one.maps, place) for one in seen]}
            for place, image in enumerate(film.pictures)
        ]})  # fmt: skip
    frames = [{"epoch": frame.epoch, "words": _numbers(frame)} for frame in film.frames]
    return {"key": film.id, "title": film.title, "frames": frames, "strips": strips}


def silences(film: Film, runs: Mapping[str, RunRecord]) -> list[str]:
    """A sentence for each channel that fell silent or began to answer, by layer and epoch."""
    seen = [(frame.epoch, frame_seen(film, frame, runs)) for frame in film.frames]
    return [sentence for layer in film.layers for channel in range(film.channels)
            for sentence in _turns(layer, channel, [(epoch, _at(one.tiles.get(layer, ()), channel))
                                                    for epoch, one in seen])]  # fmt: skip


def moves(film: Film, runs: Mapping[str, RunRecord]) -> dict[str, list[tuple[int, float]]]:
    """By layer with weights: epoch, and how far it moved since the frame before, as a share of its weights' length."""
    found: dict[str, list[tuple[int, float]]] = {}
    for frame in film.frames:
        for path, distance in frame_seen(film, frame, runs).moved:
            found.setdefault(path, []).append((frame.epoch, distance))
    return found


class Seen(NamedTuple):
    """What there is of a frame.

    Attributes:
        tiles: by layer a cell a channel, as reel_data() has them.
        maps: likewise, one a picture.
        moved: path of each layer with weights, and how far it moved.
    """

    tiles: Mapping[str, Sequence[Cell]]
    maps: Sequence[Cell]
    moved: Sequence[tuple[str, float]]


def frame_seen(film: Film, frame: Frame, runs: Mapping[str, RunRecord]) -> Seen:
    """What there is of a frame now; read anew only when one of its runs went on."""
    mine = {what: runs[key] for what, key in frame.runs.items() if key in runs}
    state = tuple((what, run.key, run.stamp, run.status, run.done) for what, run in sorted(mine.items()))

    def read() -> Seen:
        tiles = {layer: _tiles(frame, layer, run) for layer in film.layers if (run := mine.get(TILES + layer))}
        rows = _facts(mine.get(MOVED), 0).get("layers", ())
        moved = [(str(row["path"]), float(row["distance"])) for row in rows if row["distance"] is not None]
        maps = [_map(mine.get(MAPS), PARTS_A_PICTURE * place) for place in range(len(film.pictures))]
        return Seen(tiles, maps, moved)

    # Addresses are good for half a day.
    return _seen.get((film.id, frame.epoch, state, int(time.time()) // PERIOD), read)


def _facts(run: RunRecord | None, index: int) -> Mapping[str, Any]:
    return facts_of(run, index) if run and run.done else {}


def _at(cells: Sequence[Cell], place: int) -> Cell:
    return cells[place] if place < len(cells) else NOTHING


def _numbers(frame: Frame) -> str:
    return " · ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in frame.logs.items())


def _tiles(frame: Frame, layer: str, run: RunRecord) -> list[Cell]:
    cells: list[Cell] = []
    for channel in run.fields.get("channels") or ():
        facts = _facts(run, channel)
        silent = bool(facts.get("dead"))
        cells.append({"url": part_url(run.key, channel, "tile") if facts else "", "words": "silent" if silent else "",
                      "silent": silent, "link": channel_url(frame.model, layer, channel)})  # fmt: skip
    return cells


def _map(run: RunRecord | None, index: int) -> Cell:
    said = _facts(run, index)
    top = next(iter(said.get("top") or ()), None)
    words = f"{class_name(top)} {percent(top['probability'])}" if top else ""
    if run is None or not said or not _facts(run, index + 1):
        return {**NOTHING, "words": words}
    return {"url": map_url(run, index + 1), "words": words, "silent": False, "link": f"/heat-maps?run={run.key}"}


def _turns(layer: str, channel: int, cells: Sequence[tuple[int, Cell]]) -> Iterator[str]:
    before: bool | None = None
    for epoch, cell in cells:
        if not cell["url"]:
            continue
        if before is not None and cell["silent"] != before:
            did = "fell silent" if cell["silent"] else "began to answer"
            yield f"{layer}, channel {channel} {did} by epoch {epoch}."
        before = cell["silent"]
