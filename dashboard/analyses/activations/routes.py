"""Feature maps by address: a layer's sheet, one channel's values, a part's picture."""

from starlette.requests import Request
from starlette.responses import Response

from dashboard.server.addresses import SignedAddress
from dashboard.server.connection import get_client
from dashboard.server.parts import stored_part
from dashboard.server.responses import error_response, image_response, values_response
from dashboard.widgets.feature_maps import Painting, drawn_sheet, values_url
from dashboard.widgets.tiles import QUALITIES, Quality
from shared.analyses import Activations
from shared.images.feature_maps import COLOURS, SCALES
from shared.store import RunRecord

GONE = "These maps have left the cache. The page offers to compute them again."
NONE = "-"
_layer_url = SignedAddress("/img/maps/{key}/{other}/{stamp}/{index:int}/{scale}/{colour}/{quality}.png")


def layer_url(run: RunRecord, index: int, how: Painting, quality: Quality = "quick") -> str:
    """A layer's sheet."""
    return _layer_url(run, how.other or NONE, index, how.scale, how.colour, quality)


def _run(request: Request) -> RunRecord | None:
    run = get_client().record(request.path_params["key"])
    return run if run.kind == Activations.kind else None


def layer_sheet(request: Request) -> Response:
    """All channels of a layer, PNG with a palette."""
    at, run = request.path_params, _run(request)
    if run is None or at["scale"] not in SCALES or at["colour"] not in COLOURS or at["quality"] not in QUALITIES:
        return error_response("No such sheet.", 404)
    how = Painting(at["scale"], at["colour"], "" if at["other"] == NONE else at["other"])
    png = drawn_sheet(get_client(), run, at["index"], how, at["quality"]) if at["index"] else None
    return image_response(png, "image/png") if png else error_response(GONE, 410)


def channel_values(request: Request) -> Response:
    """One channel's map: float16, little-endian, row by row."""
    at, run = request.path_params, _run(request)
    if run is None:
        return error_response("No such run.", 404)
    part = stored_part(get_client(), run, at["index"]) if at["index"] else None
    if part is None or at["channel"] >= part.arrays["maps"].shape[-1]:
        return error_response(GONE, 410)
    return values_response(part.arrays["maps"][..., at["channel"]])


ROUTES = [
    _layer_url.route(layer_sheet),
    values_url.route(channel_values),
]
