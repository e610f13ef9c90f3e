"""The record of `training_run`."""

from shared.analyses.kind import WRITTEN, Kind, Pictures
from shared.analyses.training_run.spec import TrainingRun

KIND = Kind(
    TrainingRun,
    title="Training",
    noun="training run",
    part="epoch",
    pictures=Pictures(left_out=("curves.png",)),
    thumbnail=WRITTEN,
)
