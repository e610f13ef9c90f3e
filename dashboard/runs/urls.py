"""Addresses of pictures and downloads, signed. The routes that answer them are in routes.py and downloads.py."""

from dashboard.server.signing import sign


def tile_url(key: str, index: int) -> str:
    """One tile in full size."""
    return f"/img/tile/{sign(key)}/{key}/{index}.png"


def part_url(key: str, index: int, name: str) -> str:
    """A picture of a part by its name, as it was stored; nothing is drawn for it."""
    return f"/img/part/{sign(key)}/{key}/{index}/{name}.png"


def animation_url(key: str, index: int, name: str = "history") -> str:
    """An array of a part, uint8 (frame, height, width, 3), as a GIF."""
    return f"/img/animation/{sign(key)}/{key}/{index}/{name}.gif"


def thumbnail_url(key: str) -> str:
    """The small picture of a result in the gallery."""
    return f"/img/thumbnail/{sign(key)}/{key}.jpg"
