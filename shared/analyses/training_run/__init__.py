"""The record of `training_run`."""

from shared.analyses.kind import WRITTEN, Kind, Pictures
from shared.analyses.training_run.spec import TrainingRun

KIND = Kind(
    TrainingRun,
    title="Training",
    noun="training run",
    part="epoch",
    files="shared.analyses.training_run.files:write_training",
    pictures=Pictures(wide=("curves.png",)),
    report="shared.analyses.training_run.files:blocks",
    thumbnail=WRITTEN,
)
