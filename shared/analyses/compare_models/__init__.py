"""The record of `compare_models`."""

from collections.abc import Mapping
from typing import Any

from shared.analyses.compare_models.spec import CompareModels
from shared.analyses.kind import WRITTEN, Kind, Pictures


def _layers(_fields: Mapping[str, Any], parts: int) -> tuple[int, str]:
    """The first part is the table of all layers; the others draw one each."""
    return max(0, parts - 1), "layer"


KIND = Kind(
    CompareModels,
    title="Comparison of networks",
    noun="comparison",
    part="layer",
    counted=_layers,
    pictures=Pictures(wide=("sheets",)),
    thumbnail=WRITTEN,
)
