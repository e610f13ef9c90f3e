"""The contact sheet of an atlas by address."""

from starlette.requests import Request
from starlette.responses import Response

from dashboard.analyses.filter_atlas.sheets import sheet_address, sheet_of
from dashboard.server.connection import get_client
from dashboard.server.responses import error_response, image_response
from dashboard.widgets.tiles import QUALITIES
from shared.images.bands import read_bands


def sheet_picture(request: Request) -> Response:
    """The contact sheet of an atlas, of the version asked for or a fuller one."""
    client = get_client()
    run = client.record(request.path_params["key"])
    if not run.kind or request.path_params["quality"] not in QUALITIES:
        return error_response("No such run.", 404)
    asked = int(request.path_params["version"].partition("-")[0])
    bands = read_bands(request.query_params.get("bands", ""))
    sheet = sheet_of(client, run, request.path_params["quality"], enough=asked, bands=bands)
    if run.status == "absent" or sheet is None or sheet.shown < max(1, asked):
        return error_response("These tiles have left the cache. The page offers to compute them again.", 410)
    return image_response(sheet.render(), "image/jpeg")


ROUTES = [sheet_address.route(sheet_picture)]
