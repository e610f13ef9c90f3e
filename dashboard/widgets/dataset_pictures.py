"""Pictures of a data set by address: contact sheets of any of them."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageOps
from starlette.requests import Request
from starlette.responses import Response

from dashboard.server.addresses import SignedAddress
from dashboard.server.caches import bounded_cache
from dashboard.server.connection import get_client
from dashboard.server.responses import error_response, image_response
from dashboard.widgets.shown_bands import chosen_bands, with_bands
from shared.images.bands import read_bands
from shared.images.contact_sheet import stitch
from shared.images.jpeg import jpeg_bytes
from shared.library import Dataset
from shared.library.additions import adding
from shared.uploads.targets import NO_CLASS

EDGE, COLUMNS, MOST = 128, 8, 64
LARGE, LARGE_QUALITY = 480, 92
# Okabe and Ito, "Color universal design", 2008: told apart by all.
CLASS_COLOURS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0),
                 (204, 121, 167))  # fmt: skip
_sheet_url = SignedAddress("/img/dataset/{key}/{numbers}.jpg")


def pictures_url(reference: str, numbers: Sequence[int]) -> str:
    """A contact sheet of up to MOST pictures, EDGE pixels each, COLUMNS in a row."""
    listed = "-".join(map(str, numbers[:MOST]))
    return with_bands(_sheet_url, reference, listed)


def pictures_sheet(request: Request) -> Response:
    """The contact sheet of an address."""
    words = request.path_params["numbers"].split("-")
    if not all(word.isascii() and word.isdigit() and len(word) < 8 for word in words) or len(words) > MOST:
        return error_response("No such pictures.", 404)
    dataset = get_client().datasets.open(request.path_params["key"])
    bands = read_bands(request.query_params.get("bands", ""))
    tiles = {i: _tile(dataset.image(int(word), bands)) for i, word in enumerate(words)}
    return image_response(jpeg_bytes(stitch(tiles, len(tiles), COLUMNS)), "image/jpeg")


def _tile(whole: Image.Image) -> np.ndarray:
    """uint8 (EDGE, EDGE, 3): the whole picture on grey, for what was cut off might be what matters."""
    image = _scaled(whole, EDGE)
    return np.asarray(ImageOps.pad(image, (EDGE, EDGE), color=(40, 40, 40)))


def _scaled(image: Image.Image, edge: int) -> Image.Image:
    """RGB, its longer side of a length; a small one is enlarged in whole blocks, so that its pixels are seen."""
    scale = edge / max(image.size)
    how = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.LANCZOS
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.convert("RGB").resize(size, how)


def large_jpeg(reference: str, number: int) -> bytes:
    """One picture of a data set for a panel, its longer side LARGE pixels."""
    return _large(reference, number, chosen_bands())


@bounded_cache(32)
def _large(reference: str, number: int, bands: tuple[int, ...]) -> bytes:
    image = get_client().datasets.open(reference).image(number, bands)
    return jpeg_bytes(_scaled(image, LARGE), LARGE_QUALITY)


def add_dataset_picture(dataset: Dataset, number: int) -> str:
    """Take a picture of a data set among the pictures, with its numbers and their range; returns its reference."""
    client, out = get_client(), io.BytesIO()
    with adding(client.library, client.me, "picture", size=0):  # of what is kept already
        if dataset.card.bands:
            return client.images.add_bands(dataset.picture(number))
        dataset.image(number).save(out, "PNG")
        return client.images.add(out.getvalue())


def masked_jpeg(reference: str, number: int) -> bytes:
    """The same with its mask over it: each class in a colour, the first one and what belongs to none left clear."""
    return _masked(reference, number, chosen_bands())


@bounded_cache(32)
def _masked(reference: str, number: int, bands: tuple[int, ...]) -> bytes:
    dataset = get_client().datasets.open(reference)
    image, classes = dataset.image(number, bands).convert("RGB"), dataset.mask(number)
    clear = (classes == 0) | (classes == NO_CLASS)
    colours = np.array(CLASS_COLOURS, np.uint8)[(classes.astype(int) - 1) % len(CLASS_COLOURS)]
    mixed = np.where(clear[..., None], np.asarray(image), np.asarray(image) // 2 + colours // 2)
    return jpeg_bytes(_scaled(Image.fromarray(mixed.astype(np.uint8)), LARGE), LARGE_QUALITY)


DATASET_ROUTES = [_sheet_url.route(pictures_sheet)]
