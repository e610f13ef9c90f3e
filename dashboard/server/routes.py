"""Pictures by address, and whether this process is alive and ready. Mounted on st.App beside Streamlit's own."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dashboard.analyses import ANALYSES, find_in_room
from dashboard.server.addresses import animation_url, part_url, preview_url, run_thumbnail_url, thumbnail_url
from dashboard.server.caches import bounded_cache
from dashboard.server.connection import get_client
from dashboard.server.downloads import download, download_url
from dashboard.server.interface import INTERFACE_ROUTES
from dashboard.server.live import LIVE_ROUTES
from dashboard.server.responses import PLAIN_HEADERS, asked_bands, error_response, image_response, stored_frames
from dashboard.server.shares import SHARE_ROUTES
from dashboard.team.films.reel import FILM_PICTURE_ROUTES
from dashboard.team.search.box import SEARCH_ROUTES
from dashboard.widgets.best_tiles import BEST_TILE_ROUTES
from dashboard.widgets.dataset_pictures import DATASET_ROUTES
from shared.analyses.band_arrays import picture_in_bands
from shared.client import thumbnail
from shared.errors import StoreUnavailable
from shared.images.animations import gif_bytes
from shared.results import decode_part

# Parts that the small picture of a result is made of.
MOST_PARTS = 64


def part_picture(request: Request) -> Response:
    """A picture of a part as it was stored, or in other bands."""
    where = request.path_params
    return _picture_of(request, get_client().results.part(where["key"], where["index"]))


def preview_picture(request: Request) -> Response:
    """The same as the part looks so far; as it became, where it is finished by now."""
    where, client = request.path_params, get_client()
    preview = client.store.previews.read(where["key"], where["index"])
    return _picture_of(request, preview or client.results.part(where["key"], where["index"]))


def _picture_of(request: Request, data: bytes | None) -> Response:
    png = picture_in_bands(data, request.path_params["name"], asked_bands(request)) if data else None
    if png is None:
        return error_response("This picture has left the cache or was never made.", 410)
    return image_response(png, "image/png")


def animation(request: Request) -> Response:
    """Frames of a part as a moving picture."""
    where = request.path_params
    frames = stored_frames(where["key"], where["index"], where["name"], asked_bands(request))
    if frames is None:
        return error_response("There is no such animation, or it has left the cache.", 410)
    return image_response(gif_bytes(frames), "image/gif")


def gallery_thumbnail(request: Request) -> Response:
    """The small picture of a pinned result."""
    client = get_client()
    piece = client.results.gallery.get(request.path_params["key"])
    if piece is None or not piece.thumbnail:
        return error_response("There is no such picture.", 404)
    return image_response(client.library.files.read(piece.thumbnail), "image/jpeg")


def run_thumbnail(request: Request) -> Response:
    """The small picture of a finished result."""
    small = _run_thumbnail(request.path_params["key"], request.path_params["stamp"])
    return image_response(small, "image/jpeg") if small else error_response("There is no such picture.", 404)


@bounded_cache(200)
def _run_thumbnail(key: str, _stamp: str) -> bytes:
    client = get_client()
    run = client.record(key)
    # An atlas shows its first tiles; what is drawn from all parts has few.
    some = client.results.numbers(run)[:MOST_PARTS]
    return thumbnail(run, {index: decode_part(data) for index, data in client.results.parts(key, some).items()})


def alive(_: Request) -> Response:
    """Whether this process answers; says nothing about the store."""
    return PlainTextResponse("ok", headers=PLAIN_HEADERS)


def ready(_: Request) -> Response:
    """Whether a request would be served: store and files answer, and a worker has reported."""
    try:
        workers = get_client().store.workers.all()
        get_client().library.files.check()
    except StoreUnavailable as error:
        return JSONResponse({"store": False, "workers": 0, "reason": str(error)}, 503, headers=PLAIN_HEADERS)
    status = 200 if workers else 503
    reason = "" if workers else "No worker has reported within the last 10 seconds."
    return JSONResponse({"store": True, "workers": len(workers), "reason": reason}, status, headers=PLAIN_HEADERS)


ROUTES = [
    Route("/healthz", alive),
    Route("/readyz", ready),
    thumbnail_url.route(gallery_thumbnail),
    run_thumbnail_url.route(run_thumbnail),
    part_url.route(part_picture),
    preview_url.route(preview_picture),
    animation_url.route(animation),
    *DATASET_ROUTES,
    *BEST_TILE_ROUTES,
    *SEARCH_ROUTES,
    *FILM_PICTURE_ROUTES,
    *SHARE_ROUTES,
    *INTERFACE_ROUTES,
    *LIVE_ROUTES,
    *(route for kind in ANALYSES for route in find_in_room(kind, "ROUTES", "routes") or ()),
    download_url.route(download),
]
