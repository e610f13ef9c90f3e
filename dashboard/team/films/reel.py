"""What of a film is there by now: tiles, heat maps and how far layers moved, frame by frame, as JSON values."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from dashboard.server.addresses import SignedAddress, part_url
from dashboard.server.connection import get_client
from dashboard.server.parts import facts_of, stored_part
from dashboard.server.responses import error_response, image_response
from dashboard.widgets.address import channel_url
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.text import class_name, percent
from shared.analyses.attribution.files import overlays
from shared.client.films import MAPS, MOVED, TILES
from shared.library.films import Film, Frame
from shared.store import RunRecord

# The first method's map of a picture, over the picture: a part of a run of heat maps.
map_url = SignedAddress("/img/film/{key}/{stamp}/{index:int}/map.jpg")
# A run of heat maps by one method has two parts a picture: the picture, then its map.
PARTS_A_PICTURE = 2
EDGE = 256
GONE = "This heat map has left the cache or was never made."


def heat_map(request: Request) -> Response:
    """A picture with its heat map, JPEG."""
    at, client = request.path_params, get_client()
    run = client.record(at["key"])
    seen = stored_part(client, run, at["index"] - 1) if run.kind else None
    maps = stored_part(client, run, at["index"]) if seen else None
    if seen is None or maps is None or "picture" not in seen.pictures or "maps" not in maps.arrays:
        return error_response(GONE, 410)
    small, out = Image.fromarray(overlays(seen.pictures["picture"], maps)[0]).convert("RGB"), io.BytesIO()
    small.thumbnail((EDGE, EDGE))
    small.save(out, format="JPEG", quality=88)
    return image_response(out.getvalue(), "image/jpeg")


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
    strips = [{"title": layer, "cells": _tiles(film, layer, runs)} for layer in film.layers]
    if film.pictures:
        strips.append({"title": "Heat maps", "cells": _maps(film, runs)})
    frames = [{"epoch": frame.epoch, "words": _numbers(frame)} for frame in film.frames]
    return {"key": film.id, "title": film.title, "frames": frames, "strips": strips}


def _numbers(frame: Frame) -> str:
    return " · ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in frame.logs.items())


def _tiles(film: Film, layer: str, runs: Mapping[str, RunRecord]) -> list[dict[str, Any]]:
    # A layer may have fewer channels than the film asks for.
    asked = [runs[key].fields.get("channels") or () for frame in film.frames
             if (key := frame.runs.get(TILES + layer, "")) in runs]  # fmt: skip
    shown = range(max((len(channels) for channels in asked), default=0))
    return [{"name": f"channel {channel}", "frames": [_tile(frame, layer, channel, runs) for frame in film.frames]}
            for channel in shown]  # fmt: skip


def _tile(frame: Frame, layer: str, channel: int, runs: Mapping[str, RunRecord]) -> dict[str, Any]:
    facts, run = _channel(frame, layer, channel, runs)
    silent = bool(facts.get("dead"))
    return {"url": part_url(run.key, channel, "tile") if run and facts else "", "words": "silent" if silent else "",
            "silent": silent, "link": channel_url(frame.model, layer, channel)}  # fmt: skip


def _channel(
    frame: Frame, layer: str, channel: int, runs: Mapping[str, RunRecord]
) -> tuple[Mapping[str, Any], RunRecord | None]:
    """What a tile says of itself, {} where it is not there; and its run, None where none was asked for."""
    run = runs.get(frame.runs.get(TILES + layer, ""))
    if run is None or not run.done:
        return {}, run
    return facts_of(run, channel), run


def _maps(film: Film, runs: Mapping[str, RunRecord]) -> list[dict[str, Any]]:
    return [
        {"name": picture_title(image), "frames": [_map(frame, place, runs) for frame in film.frames]}
        for place, image in enumerate(film.pictures)
    ]


def _map(frame: Frame, place: int, runs: Mapping[str, RunRecord]) -> dict[str, Any]:
    run, index = runs.get(frame.runs.get(MAPS, "")), PARTS_A_PICTURE * place
    said = facts_of(run, index) if run and run.done else {}
    top = next(iter(said.get("top") or ()), None)
    words = f"{class_name(top)} {percent(top['probability'])}" if top else ""
    there = bool(said and run and facts_of(run, index + 1))
    return {"url": map_url(run, index + 1) if there and run else "", "words": words, "silent": False,
            "link": f"/heat-maps?run={run.key}" if there and run else ""}  # fmt: skip


def silences(film: Film, runs: Mapping[str, RunRecord]) -> list[str]:
    """A sentence for each channel that fell silent or began to answer, by layer and epoch."""
    return [sentence for layer in film.layers for channel in range(film.channels)
            for sentence in _turns(film, layer, channel, runs)]  # fmt: skip


def _turns(film: Film, layer: str, channel: int, runs: Mapping[str, RunRecord]) -> Iterator[str]:
    before: bool | None = None
    for frame in film.frames:
        facts, _ = _channel(frame, layer, channel, runs)
        if not facts:
            continue
        now = bool(facts.get("dead"))
        if before is not None and now != before:
            did = "fell silent" if now else "began to answer"
            yield f"{layer}, channel {channel} {did} by epoch {frame.epoch}."
        before = now


def moves(film: Film, runs: Mapping[str, RunRecord]) -> dict[str, list[tuple[int, float]]]:
    """By layer with weights: epoch, and how far it moved since the frame before, as a share of its weights' length."""
    found: dict[str, list[tuple[int, float]]] = {}
    for frame in film.frames:
        run = runs.get(frame.runs.get(MOVED, ""))
        for row in _rows(run):
            if row["distance"] is not None:
                found.setdefault(str(row["path"]), []).append((frame.epoch, float(row["distance"])))
    return found


def _rows(run: RunRecord | None) -> Sequence[Mapping[str, Any]]:
    return facts_of(run, 0).get("layers", ()) if run and run.done else ()
