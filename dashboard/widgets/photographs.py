"""Thumbnails of the photographs that an ascent can start from."""

from functools import lru_cache

from dashboard.server.connection import get_client
from dashboard.widgets.drawing import thumbnail_jpeg

WIDTH, HEIGHT = 480, 320


@lru_cache(maxsize=64)
def photograph_jpeg(image: str) -> bytes:
    """A small JPEG of a sample or of a picture that somebody added.

    Raises:
        UnknownImage: no such picture.
    """
    return thumbnail_jpeg(get_client().images.path(image), WIDTH, HEIGHT)
