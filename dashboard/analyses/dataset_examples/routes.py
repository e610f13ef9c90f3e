"""Pieces of a data set's pictures by address: where they lie stands in the address, so a piece never changes."""

import re

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from dashboard.server.caches import bounded_cache
from dashboard.server.connection import get_client
from dashboard.server.responses import error_response, image_response
from dashboard.widgets.channel_examples import EDGES, pieces_address
from dashboard.widgets.shown_bands import PARAMETER
from shared.analyses.dataset_examples.numbers import Tiles, cut
from shared.images.bands import read_bands
from shared.images.jpeg import jpeg_bytes

MOST = 25
# A picture's number and the box of a piece; between pieces stands "_".
PIECE = re.compile(r"(\d{1,8})-(\d{1,5})-(\d{1,5})-(\d{1,5})-(\d{1,5})")


def pieces(request: Request) -> Response:
    """The tile of an address."""
    where = request.path_params
    found = [PIECE.fullmatch(word) for word in where["places"].split("_")]
    if where["edge"] not in EDGES or not len(found) <= where["k"] <= MOST or not all(found):
        return error_response("No such crops.", 404)
    tiles, bands = Tiles(1, where["k"], where["edge"]), read_bands(request.query_params.get(PARAMETER, ""))
    for at, match in enumerate(found):
        assert match is not None
        number, top, left, bottom, right = map(int, match.groups())
        image = _image(where["key"], number, bands)
        if not (top < bottom <= image.height and left < right <= image.width):
            return error_response("No such crops.", 404)
        tiles.put(0, at, cut(image, (top, left, bottom, right), where["edge"]))
    return image_response(jpeg_bytes(tiles.tiles[0]), "image/jpeg")


@bounded_cache(96)
def _image(reference: str, number: int, bands: tuple[int, ...]) -> Image.Image:
    """A picture, kept because strong pictures excite several channels."""
    return get_client().datasets.open(reference).image(number, bands)


ROUTES = [pieces_address.route(pieces)]
