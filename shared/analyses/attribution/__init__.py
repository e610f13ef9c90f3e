"""The record of `attribution`."""

from shared.analyses.attribution.spec import Attribution
from shared.analyses.kind import WRITTEN, Kind, Pictures

KIND = Kind(
    Attribution,
    title="Heat maps",
    noun="heat maps",
    part="part",
    pictures=Pictures(first=("picture.png",)),
    thumbnail=WRITTEN,
)
