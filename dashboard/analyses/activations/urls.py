"""Addresses of feature maps, signed. The routes that answer them are in map_routes.py."""

from dashboard.server.signing import sign
from dashboard.widgets.feature_maps import Painting
from dashboard.widgets.tiles import Look
from shared.store import RunRecord


def layer_url(run: RunRecord, index: int, how: Painting, look: Look = "quick") -> str:
    """A layer's sheet."""
    place = f"{sign(run.key)}/{run.key}/{how.other or '-'}/{run.stamp}/{index}"
    return f"/img/maps/{place}/{how.scale}/{how.colour}/{look}.png"
