"""The record of `compare_models`."""

from shared.analyses.compare_models.spec import CompareModels
from shared.analyses.kind import WRITTEN, Kind, Pictures

KIND = Kind(
    CompareModels,
    title="Comparison of networks",
    noun="comparison",
    part="part",
    files="shared.analyses.compare_models.files:write_comparison",
    pictures=Pictures(wide=("sheets",)),
    report="shared.analyses.compare_models.files:blocks",
    thumbnail=WRITTEN,
)
