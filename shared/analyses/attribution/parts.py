"""Parts of `attribution`: a picture and what the network says of it, then a method's maps of it for every class.

With m methods, picture p has the parts p·(m + 1), and, in the order of `methods`, p·(m + 1) + 1 … A picture's part is
named by its reference, a method's part by the method. `attribution_parts()` of the spec says so in code.

The run's facts hold `model`, `weights`, `timings` and `metrics` (`pictures`, `classes`, `methods`).
"""

from typing import Annotated, NotRequired

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.band_arrays import BandArray
from shared.analyses.heat_map_methods import MethodName
from shared.analyses.heat_map_parts import (
    ExplainedClass,
    Extremes,
    MapLayer,
    MethodSettings,
    RegionFacts,
    ShownPicture,
    UsedLayer,
)
from shared.analyses.heat_maps import BoxFacts
from shared.analyses.outputs import Ending, NumberRow, OutputFacts
from shared.analyses.typed_parts import (
    Axes,
    LikelyClass,
    Nothing,
    OfClass,
    PartFacts,
    PartType,
    Picture,
)

ClassMaps = Annotated[np.ndarray, Axes("class", "height", "width")]
Answers = Annotated[np.ndarray, Axes("class")]
MaskArray = Annotated[np.ndarray, Axes("height", "width", dtype="int32")]


class PictureArrays(TypedDict):
    """A head of one sigmoid unit gives two answers: class 1 with the unit's logit, class 0 with the negated one. One of
    numbers gives each twice, as it is and then negated, and `numbers` in place of probabilities.

    `picture_bands`: see shared.analyses.band_arrays.
    """

    logits: Answers
    probabilities: NotRequired[Answers]
    numbers: NotRequired[Annotated[np.ndarray, Axes("number")]]
    mask: NotRequired[MaskArray]
    picture_bands: NotRequired[BandArray]


class AttributionPictures(ShownPicture):
    """`mask`: the predicted mask over the picture, of an output that has one; see shared.images.masks."""

    mask: NotRequired[Picture]


class PictureFacts(PartFacts):
    """What the network says of a picture.

    Attributes:
        image: its reference.
        height, width: as the network sees it, in pixels.
        ending: how the explained output ends.
        output: the explained output.
        outputs: all of them that answer something.
        numbers: what it gives where it is of numbers, else [].
        regions: of a mask, over which positions each of `classes` is explained.
        top: the likeliest classes, up to ten, first one first; [] of numbers.
        classes: the explained ones, in the order of all maps of this picture.
        truth: what the picture shows, as far as it was told.
        wrong: whether the likeliest class is another one than the truth; None where that is not known.
        saturated: whether a probability is so near 0 or 1 that its own gradient vanishes.
        saturation: a sentence that says so and that logits were used; None where not.
        layers: those whose maps are taken.
        default_layer: path of the default one, whether it is used or not.
        layer_choices: all layers that can be chosen; in part 0 alone.
    """

    image: str
    height: int
    width: int
    ending: Ending
    top: list[LikelyClass]
    classes: list[ExplainedClass]
    truth: ExplainedClass | None
    wrong: bool | None
    saturated: bool
    saturation: str | None
    layers: list[UsedLayer]
    default_layer: str
    layer_choices: NotRequired[list[MapLayer]]
    output: NotRequired[OutputFacts]
    outputs: NotRequired[list[OutputFacts]]
    numbers: NotRequired[list[NumberRow]]
    regions: NotRequired[list[RegionFacts]]


class Completeness(TypedDict, total=False):
    """Of Integrated Gradients: the map's `sum` should equal `difference`, the picture's logit less the baseline's."""

    sum: float
    difference: float
    baseline_logit: float


class BandShares(TypedDict, total=False):
    """Where there are `bands`: of the sum of all absolute values, how much each band has, 0 to 1."""

    band_shares: list[float]


class PlacedMap(Extremes, Completeness, BandShares):
    """One map and where it points, in pixels of the picture.

    Attributes:
        box: around the strongest connected region above half of the largest value.
        box_share: of the picture's area, 0 to 1.
        peak: x and y of the largest value.
    """

    box: BoxFacts | None
    box_share: float | None
    peak: list[int] | None


class ClassMap(OfClass, PlacedMap):
    """One class's map."""

    name: str


class MethodAbout(MethodSettings):
    """What a method was, and the size of its maps.

    Attributes:
        layers: paths; [] for maps of pixels and windows.
        averaged: whether `maps` is a mean over several layers, each divided by its largest absolute value first.
        height, width: of the maps, in their own units.
    """

    method: MethodName
    source: str
    shows: str
    layers: list[str]
    averaged: bool
    height: int
    width: int


class MethodFacts(PartFacts, MethodAbout):
    """A method's maps: `seconds` they took, and `maps`, a row a class in order."""

    seconds: float
    maps: list[ClassMap]


class MethodArrays(TypedDict):
    """A method's maps.

    Attributes:
        maps: the published map at its own size before any enlarging: of a layer's units, of pixels, or of windows;
            the fact `grid` says where in the picture they lie.
        signed: where the fact `signed` is false: the map before its positive part (or absolute value) was taken.
        bands: of networks of neither one nor three channels, from methods that give a value a pixel and channel: the
            signed values before they were taken together over the channels.
    """

    maps: ClassMaps
    signed: NotRequired[ClassMaps]
    bands: NotRequired[Annotated[np.ndarray, Axes("class", "height", "width", "band")]]


PICTURE = PartType(AttributionPictures, PictureArrays, PictureFacts)
METHOD = PartType(Nothing, MethodArrays, MethodFacts)
