"""The record of `sanity_check`."""

from shared.analyses.kind import WRITTEN, Kind, Pictures
from shared.analyses.sanity_check.spec import SanityCheck

KIND = Kind(
    SanityCheck,
    title="Heat map check",
    noun="sanity check",
    part="step",
    pictures=Pictures(first=("picture.png",)),
    thumbnail=WRITTEN,
)
