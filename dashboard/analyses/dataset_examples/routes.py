"""Pieces of a data set's pictures by address: where they lie stands in the address, so a piece never changes."""

import io
import re
from collections.abc import Sequence
from functools import lru_cache

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.server.connection import get_client
from dashboard.server.responses import picture, refusal, signed
from dashboard.server.signing import sign
from shared.analyses.dataset_examples.numbers import Examples, Tiles, cut

# Edges of a piece: on the sheet of all channels, of one channel, and alone.
EDGES = (44, 96, 240)
MOST = 25
# A picture's number and the box of a piece; between pieces stands "_".
PIECE = re.compile(r"(\d{1,8})-(\d{1,5})-(\d{1,5})-(\d{1,5})-(\d{1,5})")
Place = tuple[int, int, int, int, int]


def places_of(found: Examples, row: int) -> list[Place]:
    """Picture, top, left, bottom and right of a channel's pieces, best first; none for a channel that stays shut."""
    places = (place for place in range(found.values.shape[1]) if found.excites(row, place))
    return [(int(found.picture[row, p]), *(int(n) for n in found.box[row, p])) for p in places]  # type: ignore[misc]


def pieces_start(reference: str, edge: int) -> str:
    """What the addresses of all tiles begin with; pieces_end() follows."""
    return f"/img/pieces/{sign(reference)}/{reference}/{edge}/"


def pieces_end(places: Sequence[Place], k: int) -> str:
    """The pieces of one tile with room for k."""
    return f"{k}/{'_'.join('-'.join(map(str, one)) for one in places)}.jpg"


def pieces_url(reference: str, places: Sequence[Place], edge: int, k: int = 1) -> str:
    """A tile of pieces, or one alone."""
    return pieces_start(reference, edge) + pieces_end(places, k)


@signed
def pieces(request: Request) -> Response:
    """The tile of an address."""
    where = request.path_params
    found = [PIECE.fullmatch(word) for word in where["places"].split("_")]
    if where["edge"] not in EDGES or not len(found) <= where["k"] <= MOST or not all(found):
        return refusal("No such pieces.", 404)
    tiles = Tiles(1, where["k"], where["edge"])
    for at, match in enumerate(found):
        assert match is not None
        number, top, left, bottom, right = map(int, match.groups())
        image = _image(where["key"], number)
        if not (top < bottom <= image.height and left < right <= image.width):
            return refusal("No such pieces.", 404)
        tiles.put(0, at, cut(image, (top, left, bottom, right), where["edge"]))
    out = io.BytesIO()
    Image.fromarray(tiles.tiles[0]).save(out, "JPEG", quality=88, subsampling=0)
    return picture(out.getvalue(), "image/jpeg")


@lru_cache(maxsize=96)
def _image(reference: str, number: int) -> Image.Image:
    """A picture, kept because strong pictures excite several channels."""
    return get_client().datasets.open(reference).image(number)


EXAMPLE_ROUTES = [Route("/img/pieces/{token}/{key}/{edge:int}/{k:int}/{places}.jpg", pieces)]
