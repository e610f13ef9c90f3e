"""Heat maps by address: their values for the browser to colour, and small pictures of a batch."""

import re

import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from dashboard.server.addresses import SignedAddress
from dashboard.server.connection import get_client
from dashboard.server.parts import stored_part
from dashboard.server.responses import error_response, image_response, values_response
from dashboard.widgets.heat_map_colouring import heat_url
from shared.analyses.attribution.parts import METHOD
from shared.analyses.band_arrays import seen_picture
from shared.images.bands import read_bands
from shared.images.jpeg import jpeg_bytes
from shared.results import Part

# A part's picture, its longer side at most THUMBNAIL pixels.
thumbnail_url = SignedAddress("/img/heat/{key}/{stamp}/{index:int}/picture.jpg")
THUMBNAIL = 256
GONE = "These heat maps have left the cache. The page offers to compute them again."


def _part(request: Request) -> Part | None:
    at, client = request.path_params, get_client()
    run = client.record(at["key"])
    return stored_part(client, run, at["index"]) if run.kind else None


def heat_values(request: Request) -> Response:
    """One array of maps, (…, height, width), see relative()."""
    part = _part(request)
    values = map_values(part, request.path_params["array"]) if part else None
    if values is None or values.ndim not in (2, 3) or values.dtype.kind != "f":
        return error_response(GONE, 410)
    return values_response(relative(values))


def map_values(part: Part, name: str) -> np.ndarray | None:
    """An array of maps, or of one band of them: "band_5" as the method publishes it, "band_5_signed"."""
    band = re.fullmatch(r"band_(\d{1,4})(_signed)?", name)
    if band is None:
        return part.arrays.get(name)
    values = part.arrays.get("bands")
    if values is None or not 1 <= int(band[1]) <= values.shape[-1]:
        return None
    one = values[..., int(band[1]) - 1]
    return one if band[2] or METHOD.read(part)["signed"] else np.abs(one)


def relative(maps: np.ndarray) -> np.ndarray:
    """Each map divided by its largest absolute value, so that float16 holds small gradients as well as large ones.

    Args:
        maps: float (…, height, width).

    Returns:
        float32 of the same shape, -1 to 1; a map of zeros stays one.
    """
    reach = np.abs(maps).max((-2, -1), keepdims=True)
    return np.asarray(maps / np.where(reach > 0, reach, 1), np.float32)


def thumbnail(request: Request) -> Response:
    """A picture of a batch, JPEG, its longer side at most THUMBNAIL pixels."""
    part = _part(request)
    bands = read_bands(request.query_params.get("bands", ""))
    seen = seen_picture(part, "picture", bands) if part else None
    if seen is None:
        return error_response(GONE, 410)
    small = Image.fromarray(seen).convert("RGB")
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    return image_response(jpeg_bytes(small), "image/jpeg")


ROUTES = [
    heat_url.route(heat_values),
    thumbnail_url.route(thumbnail),
]
