"""What the parts of `attribution` and `sanity_check` share, as types."""

from collections.abc import Mapping
from typing import Literal

from typing_extensions import TypedDict

from shared.analyses.heat_map_methods import MethodPlace
from shared.analyses.heat_maps import GridField
from shared.analyses.typed_parts import OfClass, OfType, Picture

Parameters = Mapping[str, int | float | str]


class ExplainedClass(OfClass):
    """A class whose maps are made, or one way of a number.

    Attributes:
        name: "" where unknown; of a number "higher" or "lower" behind its name.
        logit: the explained value; of "lower" negated.
        probability: of the class; None of a number.
        rank: 1 = the likeliest.
        explained: what the gradient is taken of, in words ("logit of class 386 (African_elephant), before the
            softmax").
    """

    name: str
    logit: float
    probability: float | None
    rank: int
    explained: str


class RegionFacts(TypedDict):
    """Over which positions of a mask a class is explained: in words, how many, and their share of all."""

    words: str
    positions: int
    share: float


class MapLayer(OfType):
    """A layer that maps can be taken from: its path, its Keras `class`, and the size of its output."""

    path: str
    height: int
    width: int
    channels: int


class UsedLayer(MapLayer):
    """A layer whose maps are taken; `calls`: how often it ran."""

    calls: int


class ShownPicture(TypedDict):
    """`picture`: as the network sees it."""

    picture: Picture


class MethodSettings(GridField):
    """What a method was set to.

    Attributes:
        place: what its values lie over.
        warning: why not to trust it; "" mostly.
        signed: whether `maps` holds negative values by its nature (draw it with a zero-centred colour map).
        of: what was explained; "probability" for Score-CAM, "activations" for Eigen-CAM.
        parameters: such as {"steps": 64, "baseline": "black"}.
        grid: where in the picture the values lie; None where they divide it evenly, corner to corner. See
            shared.analyses.heat_maps.grid_of() and enlarge().
    """

    title: str
    place: MethodPlace
    warning: str
    signed: bool
    of: Literal["logit", "probability", "activations"]
    parameters: Parameters


class Extremes(TypedDict):
    """Of one map.

    Attributes:
        raw_min, raw_max: of the published map.
        signed_min, signed_max: of the map before its positive part was taken; the same where that is the published one.
        positive_evidence: False: nothing in the map is above zero; say "no positive evidence at this layer" and offer
            the signed map.
    """

    raw_min: float
    raw_max: float
    signed_min: float
    signed_max: float
    positive_evidence: bool
