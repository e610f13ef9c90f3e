"""Pictures of a playground's stages by address, drawn from its parts when somebody asks for them."""

import re

import numpy as np
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dashboard.analyses.playground.pixel_window import window_of
from dashboard.server.addresses import SignedAddress
from dashboard.server.connection import get_client
from dashboard.server.responses import PICTURE_HEADERS, error_response, image_response
from shared.analyses.playground.files import grey_picture
from shared.client import Client
from shared.results import decode_part, encode_picture, picture_bytes

# A picture of one stage; see stage_png() for the names.
stage_url = SignedAddress("/img/stage/{key}/{index:int}/{name}.png")
# How one number of a stage comes about: channel, row and column, "0,12,40"; with "{}" a pattern of such addresses.
window_url = SignedAddress("/stage/window/{key}/{index:int}/{place}.json")
PLACE = re.compile(r"(\d{1,2}),(\d{1,3}),(\d{1,3})")
NAME = re.compile(r"input|composite|each|(kernel-)?(\d{1,2})")


def stage_png(client: Client, key: str, index: int, name: str) -> bytes | None:
    """A picture of one stage.

    Args:
        client: of the installation.
        key: the run.
        index: of the stage.
        name: "input", "composite", "each" (three channels as colours, each scaled by itself), a channel's number,
            or "kernel-" and a filter's number.

    Returns:
        Bytes of a PNG; None where there is no such picture.
    """
    found, data = NAME.fullmatch(name), client.results.part(key, index)
    if found is None or data is None:
        return None
    if name in ("input", "composite"):
        return picture_bytes(data, name)
    part = decode_part(data)
    if name == "each":
        stage = part.arrays["stage"]
        return (
            encode_picture(np.dstack([grey_picture(c) for c in stage.T]).swapaxes(0, 1)) if _is_colour(stage) else None
        )
    number = int(found[2])
    values = part.arrays.get("kernel" if found[1] else "stage")
    if values is None or number >= values.shape[-1]:
        return None
    return encode_picture(kernel_picture(values[..., number]) if found[1] else grey_picture(values[..., number]))


def _is_colour(stage: np.ndarray) -> bool:
    return stage.shape[-1] == 3


def kernel_picture(kernel: np.ndarray) -> np.ndarray:
    """One filter, zero as middle grey: in colour where it looks at three channels, else the sum over its input.

    Args:
        kernel: float (height, width, input).

    Returns:
        uint8 (height, width, 3) or (height, width).
    """
    values = kernel if kernel.shape[-1] == 3 else kernel.sum(axis=-1)
    scaled = 0.5 + 0.5 * values / max(float(np.abs(values).max()), 1e-12)
    return np.round(scaled * 255).astype(np.uint8)


def stage_picture(request: Request) -> Response:
    """One picture of one stage of a playground."""
    where = request.path_params
    png = stage_png(get_client(), where["key"], where["index"], where["name"])
    if png is None:
        return error_response("There is no such picture, or it has left the cache.", 410)
    return image_response(png, "image/png")


def stage_window(request: Request) -> Response:
    """What made one number of a stage."""
    where, client = request.path_params, get_client()
    asked = PLACE.fullmatch(where["place"])
    found = window_of(client.record(where["key"]), where["index"], *map(int, asked.groups())) if asked else None
    if found is None:
        return error_response("There is no such number, or it has left the cache.", 410)
    return JSONResponse(found, headers=PICTURE_HEADERS)


ROUTES = [stage_url.route(stage_picture), window_url.route(stage_window)]
