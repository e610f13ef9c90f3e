"""The record of `filter_atlas`."""

from shared.analyses.filter_atlas.spec import FilterAtlas
from shared.analyses.kind import Kind

KIND = Kind(FilterAtlas, title="Layer atlas", noun="atlas", part="tile", pictures=None, layers="filtered")
