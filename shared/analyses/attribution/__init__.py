"""The record of `attribution`."""

from shared.analyses.attribution.spec import Attribution
from shared.analyses.kind import WRITTEN, Kind, Pictures

KIND = Kind(
    Attribution,
    title="Heat maps",
    noun="heat maps",
    part="part",
    files="shared.analyses.attribution.files:write_heat_maps",
    pictures=Pictures(first=("picture.png",)),
    report="shared.analyses.attribution.files:blocks",
    thumbnail=WRITTEN,
)
