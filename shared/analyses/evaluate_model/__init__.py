"""The record of `evaluate_model`."""

from shared.analyses.evaluate_model.spec import EvaluateModel
from shared.analyses.kind import WRITTEN, Kind, Pictures

KIND = Kind(
    EvaluateModel,
    title="Evaluation",
    noun="evaluation",
    part="part",
    files="shared.analyses.evaluate_model.files:write_evaluation",
    pictures=Pictures(wide=("confusion.png",)),
    report="shared.analyses.evaluate_model.files:blocks",
    thumbnail=WRITTEN,
)
