"""The record of `attribution`."""

from collections.abc import Mapping
from typing import Any

from shared.analyses.attribution.spec import Attribution
from shared.analyses.kind import WRITTEN, Kind, Pictures


def _methods_or_pictures(fields: Mapping[str, Any], parts: int) -> tuple[int, str]:
    """A picture has a part of its own and one a method."""
    if len(fields.get("images") or ()) > 1:
        return parts // (1 + len(fields.get("methods") or "_")), "picture"
    return max(0, parts - 1), "method"


KIND = Kind(
    Attribution,
    title="Heat maps",
    noun="heat maps",
    part="heat map",
    counted=_methods_or_pictures,
    pictures=Pictures(first=("picture.png",)),
    thumbnail=WRITTEN,
)
