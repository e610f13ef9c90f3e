"""Parts of `channel_ablation`: first estimates for all channels, then exact values a group of channels each, last how
accuracy falls as more and more channels are switched off.

Several workers may make parts of one run. A class is one that both the data set and the network know; of numbers each
number stands in its place. A class's own pictures are those of the class, of masks those with a pixel of it, of numbers
all.
"""

from typing import Annotated, Literal

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.outputs import Ending
from shared.analyses.typed_parts import Axes, Nothing, PartFacts, PartType

Effects = Annotated[np.ndarray, Axes("channel", "class")]
Channels = Annotated[np.ndarray, Axes("channel", dtype="int32")]


class AblationFacts(PartFacts):
    """What was asked, and of whom.

    Attributes:
        classes: names.
        answers: "classes", "masks" or "numbers".
        ending: how the output ends.
        output: its name.
        path: whole path of the layer.
        channels: how many the layer has.
        height, width: of its maps; 1 where it has none.
        calls: how often the layer runs for a picture; it is switched off each time.
        cut: whether the network was cut behind the layer; False: it ran as a whole for every channel, which is slower.
    """

    classes: list[str]
    answers: Literal["classes", "masks", "numbers"]
    ending: Ending
    output: str
    path: str
    channels: int
    height: int
    width: int
    calls: int
    cut: bool


class EstimateArrays(TypedDict):
    """All pictures with the layer as it is, and estimates by the gradient.

    Attributes:
        channels: numbers of the channels that are asked for.
        estimate: gradient of a class's logit times the channel's change, summed over positions; the mean over the
            class's own pictures, NaN where there are none.
        replacement: what stands in for each channel; zeros where it is another picture's values.
        pictures: number of each picture in the data set.
        labels: its class; −1 where it has none or several.
        own: whether it is one of the class's own.
        predicted: what the whole network says; see ChannelArrays.
        score: see ChannelArrays.
    """

    channels: Channels
    estimate: Effects
    replacement: Annotated[np.ndarray, Axes("channel")]
    pictures: Annotated[np.ndarray, Axes("picture", dtype="int32")]
    labels: Annotated[np.ndarray, Axes("picture", dtype="int32")]
    own: Annotated[np.ndarray, Axes("picture", "class", dtype="bool")]
    predicted: Annotated[np.ndarray, Axes("picture", dtype="int32")]
    score: Annotated[np.ndarray, Axes("picture")]


class EffectArrays(TypedDict):
    """What a group of channels does, each switched off alone.

    Attributes:
        change, change_error: mean change of each class's logit over all pictures, and its standard error.
        own, own_error: the same over the class's own pictures; NaN where there are none.
        halves: `own` of every second picture, and of the others.
    """

    change: Effects
    change_error: Effects
    own: Effects
    own_error: Effects
    halves: Annotated[np.ndarray, Axes(2, "channel", "class")]


class ChannelArrays(EffectArrays):
    """A group of channels.

    Attributes:
        channels: their numbers.
        predicted: likeliest class of each picture without the channel, the number of classes for any other answer; of
            masks the class that takes most of the picture; of numbers 0.
        score: of each picture without it, 1 where the class is right, else 0; of masks the share of positions whose
            class is right; of numbers the absolute error, their mean where there are several.
    """

    channels: Channels
    predicted: Annotated[np.ndarray, Axes("channel", "picture", dtype="int32")]
    score: Annotated[np.ndarray, Axes("channel", "picture")]


class CurveArrays(TypedDict):
    """How the score of a class's own pictures goes as more channels are switched off together.

    Attributes:
        off: how many are off, from 0.
        strongest: those off whose loss costs the class's logit most.
        random: those off that were drawn by chance; the same for all classes of a draw.
        drawn: of each draw the channels in the order in which they go off.
    """

    off: Annotated[np.ndarray, Axes("point", dtype="int32")]
    strongest: Annotated[np.ndarray, Axes("class", "point")]
    random: Annotated[np.ndarray, Axes("draw", "class", "point")]
    drawn: Annotated[np.ndarray, Axes("draw", "channel", dtype="int32")]


class GroupFacts(PartFacts):
    """`seconds`: what the part took."""

    seconds: float


ESTIMATE = PartType(Nothing, EstimateArrays, AblationFacts)
CHANNELS = PartType(Nothing, ChannelArrays, GroupFacts)
CURVES = PartType(Nothing, CurveArrays, GroupFacts)
