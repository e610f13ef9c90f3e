"""The record of `activations`."""

from shared.analyses.activations.spec import Activations
from shared.analyses.kind import Kind

KIND = Kind(
    Activations,
    title="Activations",
    noun="feature maps",
    part="layer",
    files="shared.analyses.activations.files:write_maps",
)
