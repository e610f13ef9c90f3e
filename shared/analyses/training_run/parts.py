"""Parts of `training_run`: an epoch each ("epoch 3"); where training stops early there are fewer than were planned.

The best epoch is the one with the highest validation accuracy, of equal ones that with the lowest loss; without a
validation split, training accuracy and loss stand in.

Facts of the run: `metrics`: `model` (reference of the best network), `name` (in the list of models), `best_epoch`,
`val_accuracy` and `val_loss` of that epoch, `judged_by` ("validation", or "training" where there is no such split),
`test_accuracy` (of the best network; missing without a test split), `epochs`, `stopped_early`, `images`, `classes`,
`size`, `parameters`, `trainable_parameters`; of fine-tuning also `fine_tuning_from` (its first epoch), `unfreeze_from`,
`head_model` (reference of the best network before it). `timings`: `epoch_seconds` (median), `features_seconds`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from shared.analyses.band_arrays import BandArray, HeatArray
from shared.analyses.typed_parts import ColourPicture, OfClass, PartFacts, PartType

# `watch_<number>`: Grad-CAM for the class that the picture shows, over each picture of `watch`.
WatchedPictures = dict[str, ColourPicture]
# `watch_<number>_bands`, `watch_<number>_heat`: see shared.analyses.band_arrays.
WatchedArrays = dict[str, BandArray | HeatArray]


class WatchedPicture(OfClass):
    """A picture of `watch`: its number in the data set, the class that it shows.

    Attributes:
        probability: of that class.
        evidence: largest value of the map; 0: nothing speaks for the class.
    """

    picture: int
    name: str
    probability: float
    evidence: float


class Scores(TypedDict):
    """Of the training pictures while they were learnt; `val_…` where the data set has a validation split."""

    loss: float
    accuracy: float
    val_loss: NotRequired[float]
    val_accuracy: NotRequired[float]


class EpochFacts(PartFacts, Scores):
    """An epoch.

    Attributes:
        epoch: from 1.
        phase: "head" and then "fine_tuning" of a base that is fine-tuned.
        rate: learning rate.
        seconds: what it took.
        best: whether it is the best epoch so far.
        network: reference of the best network so far, "" before one was saved.
        checkpoint: reference of what a killed run goes on from, gone two epochs later.
        watched: a row a picture of `watch`.
    """

    epoch: int
    phase: Literal["training", "head", "fine_tuning"]
    rate: float
    seconds: float
    best: bool
    network: str
    checkpoint: str
    watched: NotRequired[list[WatchedPicture]]


EPOCH = PartType(WatchedPictures, WatchedArrays, EpochFacts)


Facts = Mapping[str, Any]


def best_epoch(epochs: Sequence[Facts]) -> int:
    """Number of the best epoch so far, from 1; 0 for none."""
    return next((int(facts["epoch"]) for facts in reversed(epochs) if facts.get("best")), 0)


def fine_tuning_starts(epochs: Sequence[Facts]) -> int:
    """Number of the first epoch that fine-tunes, from 1; 0 for none."""
    return next((int(facts["epoch"]) for facts in epochs if facts.get("phase") == "fine_tuning"), 0)
