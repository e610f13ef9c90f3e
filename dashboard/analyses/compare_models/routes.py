"""Maps of two networks by address: one channel's values on one side."""

from starlette.requests import Request
from starlette.responses import Response

from dashboard.server.addresses import SignedAddress
from dashboard.server.connection import get_client
from dashboard.server.parts import stored_part
from dashboard.server.responses import error_response, values_response
from shared.analyses import CompareModels

# Values of one channel's map on one side, by its place in the part.
compared_url = SignedAddress("/img/compared/{key}/{stamp}/{index:int}/{side}/{place:int}.f16")
GONE = "These maps have left the cache. The page offers to compute them again."


def compared_values(request: Request) -> Response:
    """One channel's map: float16, little-endian, row by row."""
    at, client = request.path_params, get_client()
    run = client.record(at["key"])
    if run.kind != CompareModels.kind or at["side"] not in ("before", "after"):
        return error_response("No such map.", 404)
    part = stored_part(client, run, at["index"]) if at["index"] else None
    if part is None or at["place"] >= len(part.arrays["channels"]):
        return error_response(GONE, 410)
    return values_response(part.arrays[f"maps_{at['side']}"][..., at["place"]])


ROUTES = [compared_url.route(compared_values)]
