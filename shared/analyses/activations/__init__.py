"""The record of `activations`."""

from shared.analyses.activations.spec import Activations
from shared.analyses.kind import Kind, Pictures

KIND = Kind(
    Activations,
    title="Activations",
    noun="feature maps",
    part="layer",
    pictures=Pictures(wide=("sheets",)),
    layers="any",
)
