"""The record of `filter_twins`."""

from shared.analyses.filter_twins.spec import FilterTwins
from shared.analyses.kind import WRITTEN, Kind, Pictures

KIND = Kind(
    FilterTwins,
    title="Filter twins",
    noun="comparison",
    part="tile",
    pictures=Pictures(wide=("pairs.png",), left_out=("sheet.png",)),
    thumbnail=WRITTEN,
)
