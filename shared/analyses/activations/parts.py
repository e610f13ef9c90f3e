"""Parts of `activations`: the picture and a summary of every layer, then a part a layer, named by its path."""

from typing import Annotated, NotRequired

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.band_arrays import BandArray
from shared.analyses.outputs import OutputPrediction
from shared.analyses.typed_parts import Axes, LikelyClass, Nothing, OfType, PartFacts, PartType, Picture, UnitField

Answers = Annotated[np.ndarray, Axes("class")]
OfChannel = Annotated[np.ndarray, Axes("channel")]


class ActivationPictures(TypedDict):
    """`picture`: as the network sees it; `mask`: its first mask over it, of a network that gives one."""

    picture: Picture
    mask: NotRequired[Picture]


class HeadArrays(TypedDict, total=False):
    """Of the first output of classes; `mask`: of the first mask, the class of each position, −1 for none.

    `picture_bands`: see shared.analyses.band_arrays.
    """

    logits: Answers
    probabilities: Answers
    mask: Annotated[np.ndarray, Axes("height", "width", dtype="int32")]
    picture_bands: BandArray


class LayerSummary(OfType, UnitField):
    """A layer and its values.

    Attributes:
        part: number of its part.
        path: of the layer; `class`: its Keras class.
        height, width, channels: of its maps.
        minimum, maximum, mean: of all values.
        zeros: share of values that are zero.
        blank: share of maps without any answer.
    """

    part: int
    path: str
    height: int
    width: int
    channels: int
    minimum: float
    maximum: float
    mean: float
    zeros: float
    blank: float


class LayerFacts(PartFacts, LayerSummary):
    """Facts of a layer's part."""


class PictureFacts(PartFacts):
    """The picture as the network sees it, and what it says of it.

    Attributes:
        height, width: of the picture, in pixels.
        layers: in the order in which they run.
        ending: how the first output of classes ends; "" without one.
        top: its likeliest classes; [] without one.
        outputs: what every output says that can be explained.
    """

    height: int
    width: int
    layers: list[LayerSummary]
    ending: str
    top: list[LikelyClass]
    outputs: NotRequired[list[OutputPrediction]]


class LayerArrays(TypedDict):
    """A layer's answer to the picture.

    Attributes:
        maps: clipped to ±65504.
        minimum, maximum, mean: of the values before they were rounded to float16.
        zeros: share of positions that are exactly zero, 0 to 1.
    """

    maps: Annotated[np.ndarray, Axes("height", "width", "channel", dtype="float16")]
    minimum: OfChannel
    maximum: OfChannel
    mean: OfChannel
    zeros: OfChannel


PICTURE = PartType(ActivationPictures, HeadArrays, PictureFacts)
LAYER = PartType(Nothing, LayerArrays, LayerFacts)
