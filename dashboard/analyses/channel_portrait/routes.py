"""The way of a picture, frame below frame, as one JPEG that the browser steps through."""

import io

import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.server.responses import picture, refusal, signed, stored_frames
from dashboard.server.signing import sign
from shared.store import RunRecord

QUALITY = 88


def frames_url(run: RunRecord, index: int, name: str = "history") -> str:
    """Frames of a part, uint8 (frame, height, width, 3) or (frame, height, width), below each other."""
    return f"/img/frames/{sign(run.key)}/{run.key}/{run.stamp}/{index}/{name}.jpg"


def strip_jpeg(frames: np.ndarray) -> bytes:
    """JPEG of frames below each other."""
    out = io.BytesIO()
    # 4:4:4, for ascent pictures carry their detail in colour.
    Image.fromarray(np.concatenate(list(frames))).save(out, format="JPEG", quality=QUALITY, subsampling=0)
    return out.getvalue()


@signed
def frames(request: Request) -> Response:
    """All frames of one part."""
    where = request.path_params
    found = stored_frames(where["key"], where["index"], where["name"])
    if found is None:
        return refusal("There is no such history, or it has left the cache.", 410)
    return picture(strip_jpeg(found), "image/jpeg")


ROUTES = [Route("/img/frames/{token}/{key}/{stamp}/{index:int}/{name}.jpg", frames)]
