"""The part of `channel_switches`: what the network says with every channel, and with some switched off."""

from typing import Annotated

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.heat_map_parts import ShownPicture
from shared.analyses.outputs import OutputPrediction
from shared.analyses.typed_parts import Axes, PartFacts, PartType


class SwitchArrays(TypedDict):
    """What every class gets, with every channel and without those that are off; of a mask means over its positions.

    Attributes:
        strength: each channel's largest value for the picture.
        logits_on, logits_off: the output's logits; of numbers the values, then negated.
        given_on, given_off: its probabilities; of numbers the same as the logits.
    """

    strength: Annotated[np.ndarray, Axes("channel")]
    logits_on: Annotated[np.ndarray, Axes("class")]
    logits_off: Annotated[np.ndarray, Axes("class")]
    given_on: Annotated[np.ndarray, Axes("class")]
    given_off: Annotated[np.ndarray, Axes("class")]


class SwitchFacts(PartFacts):
    """What the output says.

    Attributes:
        on, off: with every channel, and without those that are off; each names its own likeliest classes.
        path: whole path of the layer.
        height, width: of its maps; 1 where it has none.
    """

    on: OutputPrediction
    off: OutputPrediction
    path: str
    height: int
    width: int


SWITCHED = PartType(ShownPicture, SwitchArrays, SwitchFacts)
