"""The record of `augmentation_preview`."""

from shared.analyses.augmentation_preview.spec import AugmentationPreview
from shared.analyses.kind import Kind, Pictures

KIND = Kind(
    AugmentationPreview,
    title="Augmentation",
    noun="copies",
    part="sheet",
    pictures=Pictures(first=("sheet.png", "original.png"), wide=("sheet.png",)),
    thumbnail="sheet",
    quick=True,
)
