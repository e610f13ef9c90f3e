"""The record of `dataset_examples`."""

from shared.analyses.dataset_examples.spec import DatasetExamples
from shared.analyses.kind import Kind, Pictures

KIND = Kind(
    DatasetExamples,
    title="Examples",
    noun="examples",
    part="picture",
    measured="pictures",
    pictures=Pictures(wide=("sheet.png",)),
    thumbnail="sheet",
)
