"""Parts of `activations`: the picture and a summary of every layer, then a part a layer, named by its path."""

from typing import Annotated

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.typed_parts import Axes, LikelyClass, Nothing, OfType, PartFacts, PartType, Picture, UnitField

Answers = Annotated[np.ndarray, Axes("class")]
OfChannel = Annotated[np.ndarray, Axes("channel")]


class ShownPicture(TypedDict):
    """`picture`: as the network sees it."""

    picture: Picture


class HeadArrays(TypedDict, total=False):
    """Of a network with a head."""

    logits: Answers
    probabilities: Answers


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
        ending: how the head ends ("softmax", "sigmoid", "linear"); "" without one.
        top: the likeliest classes; [] without a head.
    """

    height: int
    width: int
    layers: list[LayerSummary]
    ending: str
    top: list[LikelyClass]


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


PICTURE = PartType(ShownPicture, HeadArrays, PictureFacts)
LAYER = PartType(Nothing, LayerArrays, LayerFacts)
