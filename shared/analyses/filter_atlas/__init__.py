"""The record of `filter_atlas`."""

from shared.analyses.filter_atlas.spec import FilterAtlas
from shared.analyses.kind import Kind

KIND = Kind(
    FilterAtlas,
    title="Layer atlas",
    noun="atlas",
    part="tile",
    files="shared.analyses.filter_atlas.files:write_atlas",
    pictures=None,
    report="shared.analyses.filter_atlas.files:blocks",
    layers="filtered",
)
