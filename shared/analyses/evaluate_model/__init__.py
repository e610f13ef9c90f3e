"""The record of `evaluate_model`."""

from shared.analyses.evaluate_model.spec import EvaluateModel
from shared.analyses.kind import WRITTEN, Kind, Pictures

KIND = Kind(
    EvaluateModel,
    title="Evaluation",
    noun="evaluation",
    part="picture",
    measured="pictures",
    pictures=Pictures(wide=("confusion.png",)),
    thumbnail=WRITTEN,
)
