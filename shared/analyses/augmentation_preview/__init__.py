"""The record of `augmentation_preview`."""

from shared.analyses.augmentation_preview.spec import AugmentationPreview
from shared.analyses.kind import Kind

KIND = Kind(
    AugmentationPreview,
    title="Augmentation",
    noun="copies",
    part="sheet",
    files="shared.analyses.augmentation_preview.files:write_copies",
    quick=True,
)
