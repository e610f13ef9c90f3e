"""Pieces of a data set's pictures that excite a channel: where they lie, and their addresses."""

from collections.abc import Sequence

from dashboard.server.addresses import SignedAddress
from shared.analyses.dataset_examples.numbers import Examples

# Edges of a piece: on the sheet of all channels, of one channel, and alone.
EDGES = (44, 96, 240)
# A tile of pieces of a data set's pictures.
pieces_address = SignedAddress("/img/pieces/{key}/{edge:int}/{k:int}/{places}.jpg")
Place = tuple[int, int, int, int, int]


def places_of(found: Examples, row: int) -> list[Place]:
    """Picture, top, left, bottom and right of a channel's pieces, best first; none for a channel that stays shut."""
    places = (place for place in range(found.values.shape[1]) if found.excites(row, place))
    return [(int(found.picture[row, p]), *(int(n) for n in found.box[row, p])) for p in places]  # type: ignore[misc]


def pieces_start(reference: str, edge: int) -> str:
    """What the addresses of all tiles begin with; pieces_end() follows."""
    return pieces_address(reference, edge, "", "").removesuffix("/.jpg")


def pieces_end(places: Sequence[Place], k: int) -> str:
    """The pieces of one tile with room for k."""
    return f"{k}/{'_'.join('-'.join(map(str, one)) for one in places)}.jpg"


def pieces_url(reference: str, places: Sequence[Place], edge: int, k: int = 1) -> str:
    """A tile of pieces, or one alone."""
    return pieces_start(reference, edge) + pieces_end(places, k)
