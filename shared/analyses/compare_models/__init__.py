"""The record of `compare_models`."""

from shared.analyses.compare_models.spec import CompareModels
from shared.analyses.kind import WRITTEN, Kind, Pictures

KIND = Kind(
    CompareModels,
    title="Comparison of networks",
    noun="comparison",
    part="part",
    pictures=Pictures(wide=("sheets",)),
    thumbnail=WRITTEN,
)
