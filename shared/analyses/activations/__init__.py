"""The record of `activations`."""

from shared.analyses.activations.spec import Activations
from shared.analyses.kind import Kind, Pictures

KIND = Kind(
    Activations,
    title="Activations",
    noun="feature maps",
    part="layer",
    files="shared.analyses.activations.files:write_maps",
    pictures=Pictures(wide=("sheets",)),
    report="shared.analyses.report_blocks:predictions",
    layers="any",
)
