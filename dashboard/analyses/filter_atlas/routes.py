"""The contact sheet of an atlas by address."""

from starlette.requests import Request
from starlette.responses import Response

from dashboard.analyses.filter_atlas.sheets import sheet_address, sheet_of
from dashboard.server.connection import get_client
from dashboard.server.responses import asked_bands, error_response, image_response
from dashboard.widgets.tiles import QUALITIES


def sheet_picture(request: Request) -> Response:
    """The contact sheet of an atlas, of the version asked for or a fuller one."""
    client = get_client()
    run = client.record(request.path_params["key"])
    if not run.kind or request.path_params["quality"] not in QUALITIES:
        return error_response("No such run.", 404)
    asked = int(request.path_params["version"].partition("-")[0])
    sheet = sheet_of(client, run, request.path_params["quality"], enough=asked, bands=asked_bands(request))
    if run.status == "absent" or sheet is None or sheet.shown < max(1, asked):
        return error_response("These tiles have left the cache. The page offers to compute them again.", 410)
    return image_response(sheet.render(), "image/jpeg")


ROUTES = [sheet_address.route(sheet_picture)]
