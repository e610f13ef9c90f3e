"""The record of `activations`."""

from collections.abc import Mapping
from typing import Any

from shared.analyses.activations.spec import Activations
from shared.analyses.kind import Kind, Pictures


def _layers(_fields: Mapping[str, Any], parts: int) -> tuple[int, str]:
    """The first part is the photograph."""
    return max(0, parts - 1), "layer"


KIND = Kind(
    Activations,
    title="Activations",
    noun="feature maps",
    part="layer",
    counted=_layers,
    pictures=Pictures(wide=("sheets",)),
    layers="any",
)
