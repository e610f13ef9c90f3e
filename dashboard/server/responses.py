"""Responses of routes: pictures that never change, refusals, and the signature that every address needs."""

from collections.abc import Callable
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from dashboard.server.connection import get_client
from shared.analyses.band_arrays import seen_frames
from shared.images.bands import read_bands
from shared.results import decode_part

PICTURE_HEADERS = {
    # private: an address is a permission, and must not end up in a shared cache.
    "Cache-Control": "private, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
    "Referrer-Policy": "no-referrer",
}
PLAIN_HEADERS = {k: v for k, v in PICTURE_HEADERS.items() if k != "Cache-Control"} | {"Cache-Control": "no-store"}
Handler = Callable[[Request], Response]


def error_response(text: str, status: int) -> Response:
    """A plain-text response that no cache keeps."""
    return PlainTextResponse(text, status, headers=PLAIN_HEADERS)


def json_response(value: dict[str, Any], status: int = 200) -> Response:
    """JSON that no cache keeps."""
    return JSONResponse(value, status, headers=PLAIN_HEADERS)


def image_response(data: bytes, media_type: str) -> Response:
    """Bytes that never change under their address."""
    return Response(data, media_type=media_type, headers=PICTURE_HEADERS)


def values_response(values: np.ndarray) -> Response:
    """Numbers that never change under their address, for values.js: float16, little-endian, row by row."""
    return image_response(values.astype("<f2").tobytes(), "application/octet-stream")


def asked_bands(request: Request) -> tuple[int, ...]:
    """Bands that an address names; () for the usual ones."""
    return read_bands(request.query_params.get("bands", ""))


def stored_frames(key: str, index: int, name: str, bands: tuple[int, ...] = ()) -> np.ndarray | None:
    """Frames of a part, uint8 (frame, height, width, 3) or (frame, height, width); None where there are none."""
    data = get_client().results.part(key, index)
    found = seen_frames(decode_part(data), name, bands) if data else None
    return found if found is not None and len(found) else None
