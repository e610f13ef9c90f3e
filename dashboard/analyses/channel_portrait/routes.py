"""The way of a picture, frame below frame, as one JPEG that the browser steps through."""

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from dashboard.server.addresses import SignedAddress
from dashboard.server.responses import asked_bands, error_response, image_response, stored_frames
from shared.images.jpeg import jpeg_bytes

# Frames of a part, uint8 (frame, height, width, 3) or (frame, height, width), below each other.
frames_url = SignedAddress("/img/frames/{key}/{stamp}/{index:int}/{name}.jpg", name="history")
QUALITY = 88


def strip_jpeg(frames: np.ndarray) -> bytes:
    """JPEG of frames below each other."""
    return jpeg_bytes(np.concatenate(list(frames)), QUALITY)


def frames(request: Request) -> Response:
    """All frames of one part."""
    where = request.path_params
    found = stored_frames(where["key"], where["index"], where["name"], asked_bands(request))
    if found is None:
        return error_response("There is no such history, or it has left the cache.", 410)
    return image_response(strip_jpeg(found), "image/jpeg")


ROUTES = [frames_url.route(frames)]
