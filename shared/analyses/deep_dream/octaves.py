"""How large a dream and its octaves are: the same arithmetic for the request, the page and the worker."""

import math
from collections.abc import Sequence

from shared.images.resizing import OWN

Size = tuple[int, int]

# A part of a result holds at most 48 MiB, and a dream's noise hardly compresses: three bytes a pixel, and some room.
MAX_PIXELS = 16_000_000


def dream_size(picture: Size, longer: int, resize: str = OWN, network: Size = (1, 1)) -> Size:
    """Height and width of a dream.

    Args:
        picture: height and width of the photograph.
        longer: what its longer side becomes, in pixels.
        resize: see shared.images.resizing; "own" for the photograph's proportions, else they are the network's.
        network: height and width of the pictures that the network was made for.
    """
    height, width = picture if resize == OWN else network
    return tuple(max(1, round(side * longer / max(height, width))) for side in (height, width))  # type: ignore[return-value]


def octave_sizes(size: Size, octaves: int, scale: float) -> list[Size]:
    """Height and width of every octave, smallest first; the last one is the dream's own.

    Args:
        size: of the dream, in pixels.
        octaves: how many.
        scale: between an octave's sides and the next one's.
    """
    sizes = [tuple(max(1, round(side / scale**i)) for side in size) for i in range(octaves)]
    return sizes[::-1]  # type: ignore[return-value]


def tile_edges(side: int, tile: int) -> list[int]:
    """Where a side is cut: as few pieces as fit, alike in length to a pixel, none left out.

    Args:
        side: in pixels.
        tile: largest side of a piece.

    Returns:
        0, the cuts between pieces, and `side`.
    """
    pieces = _pieces(side, tile)
    return [round(i * side / pieces) for i in range(pieces + 1)]


def smallest_view(sizes: Sequence[Size], tile: int) -> Size:
    """The smallest height and width that the network is ever shown, over all octaves and their tiles."""
    pieces = [[side // _pieces(side, tile) for side in size] for size in sizes]
    return min(p[0] for p in pieces), min(p[1] for p in pieces)


def _pieces(side: int, tile: int) -> int:
    return math.ceil(side / tile)
