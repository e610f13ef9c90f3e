"""Thumbnails of the photographs that an ascent can start from."""

from dashboard.server.caches import kept
from dashboard.server.connection import get_client
from dashboard.widgets.drawing import thumbnail_jpeg

WIDTH, HEIGHT = 480, 320


def photograph_jpeg(image: str) -> bytes:
    """A small JPEG of a sample or of a picture that somebody added.

    Args:
        image: reference or name; a name may stand for another picture tomorrow.

    Raises:
        UnknownImage: no such picture.
    """
    return _jpeg(get_client().images.resolve(image))


@kept(64)
def _jpeg(reference: str) -> bytes:
    return thumbnail_jpeg(get_client().images.path(reference), WIDTH, HEIGHT)
