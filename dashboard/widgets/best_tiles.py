"""The best tiles of a layer's atlas in miniature, from whichever atlas has most of them: finished or not."""

from collections.abc import Mapping
from itertools import islice

import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from dashboard.server.addresses import SignedAddress
from dashboard.server.caches import bounded_cache
from dashboard.server.connection import get_client
from dashboard.server.responses import asked_bands, error_response, image_response
from dashboard.widgets.shown_bands import with_bands
from shared.analyses.ascent_modes import DEFAULT_MODE
from shared.analyses.band_arrays import in_bands
from shared.analyses.filter_atlas.spec import FilterAtlas
from shared.analyses.typed_parts import TileFacts
from shared.client import Client
from shared.images.contact_sheet import stitch
from shared.images.jpeg import jpeg_bytes
from shared.results import decode_part, part_header
from shared.store import RunRecord

# Pixels of a tile, tiles in a strip, and the newest atlases of a network that are looked at.
EDGE, TILES, MOST_ATLASES = 56, 5, 300
# The strip of an atlas with so many tiles made: another one as it grows.
_strip_url = SignedAddress("/img/best/{key}/{stamp}/{made:int}.jpg")


def atlases_of(client: Client, model: str) -> dict[str, RunRecord]:
    """Layer to the atlas that shows it best: the usual way before others, then the one with most tiles.

    Args:
        client: of the installation.
        model: reference.
    """
    found: dict[str, RunRecord] = {}
    runs = client.store.runs.newest({"kind": FilterAtlas.kind}, {"model": model, "image": None})
    for run in islice(runs, MOST_ATLASES):
        layer = str(run.fields.get("layer"))
        if run.done and (layer not in found or _worth(run) > _worth(found[layer])):
            found[layer] = run
    return found


def _worth(run: RunRecord) -> tuple[bool, int]:
    return run.fields.get("mode", DEFAULT_MODE) == DEFAULT_MODE, run.done


def strip_url(run: RunRecord) -> str:
    """Address of the best tiles of an atlas, side by side, EDGE pixels each."""
    return with_bands(_strip_url, run, run.done)


def best_tiles(run: RunRecord) -> list[tuple[int, int]]:
    """Part and channel of the best tiles of an atlas that are made by now, best first; at most TILES."""
    channels = run.fields.get("channels") or range(run.total or 0)
    return [(part, int(channels[part])) for part in _best(run.key, run.stamp, run.done) if part < len(channels)]


@bounded_cache(512)
def _best(key: str, _stamp: str, _made: int) -> tuple[int, ...]:
    results = get_client().results
    facts: Mapping[int, TileFacts] = {i: part_header(data)["facts"] for i, data in results.parts(key).items()}
    alive = [i for i, one in facts.items() if not one["dead"]]
    return tuple(sorted(alive, key=lambda i: (-facts[i]["objective"], i))[:TILES])


@bounded_cache(256)
def _strip(key: str, stamp: str, made: int, bands: tuple[int, ...]) -> bytes:
    parts = get_client().results.parts(key, _best(key, stamp, made))
    best = [in_bands(decode_part(parts[i]), bands) for i in _best(key, stamp, made)]
    tiles = {place: _small(part.pictures["tile"]) for place, part in enumerate(best)}
    if not tiles:
        return b""
    return jpeg_bytes(stitch(tiles, len(tiles), TILES))


def _small(tile: np.ndarray) -> np.ndarray:
    picture = Image.fromarray(tile).convert("RGB")
    return np.asarray(picture.resize((EDGE, EDGE), Image.Resampling.BICUBIC))


def best_strip(request: Request) -> Response:
    """The best tiles of an atlas as one JPEG."""
    where = request.path_params
    data = _strip(where["key"], where["stamp"], where["made"], asked_bands(request))
    return image_response(data, "image/jpeg") if data else error_response("No tile of it is made, or alive.", 410)


BEST_TILE_ROUTES = [_strip_url.route(best_strip)]
