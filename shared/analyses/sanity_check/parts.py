"""Parts of `sanity_check`: the maps as trained, the maps after each depth of randomisation, and the curves.

Part 0 ("as trained") to d ("depth d"), where d is `depths`, or fewer where the network has fewer layers with weights;
then d + 1, "curves". The run's total is d + 2.
"""

from typing import Annotated, Literal, NotRequired

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.band_arrays import BandArray
from shared.analyses.heat_map_parts import Extremes, MethodSettings, ShownPicture, UsedLayer
from shared.analyses.outputs import Ending
from shared.analyses.typed_parts import Axes, Nothing, OfClass, PartFacts, PartType

# The published map at its own size under its method's name; under "signed_" and its name the map before its positive
# part was taken, where the two differ.
MethodMap = Annotated[np.ndarray, Axes("height", "width")]
DepthArrays = dict[str, MethodMap]
# The same of part 0, and `picture_bands`, see shared.analyses.band_arrays.
TrainedArrays = dict[str, MethodMap | BandArray]

# `fractions` of the pixels that were changed, 0 to 1; for every method `deletion_METHOD` and `insertion_METHOD`, the
# class's probability, or the number, when that share, strongest first, is greyed out of the picture, or put into a
# blurred one; the number negated where what lowers it is explained.
# `deletion_random` and `insertion_random` are the same for smooth maps of noise.
Curve = Annotated[np.ndarray, Axes("point")]
RandomCurves = Annotated[np.ndarray, Axes("draw", "point")]
CurveArrays = dict[str, Curve | RandomCurves]


class ComparedMap(Extremes):
    """A map at one depth; not in part 0 are the ranks.

    Attributes:
        rank: Spearman's rank correlation with the trained map, -1 to 1; None where one of both is flat.
        rank_absolute: the same of the absolute values.
    """

    rank: NotRequired[float | None]
    rank_absolute: NotRequired[float | None]


class DepthFacts(PartFacts, OfClass):
    """A depth of randomisation, and the explained class as the network now answers.

    Attributes:
        name, logit, probability: of the class, as in attribution's ExplainedClass.
        depth: 0 = as trained.
        randomised: paths of the layers that were randomised at this depth.
        count: how many are by now.
        of: how many there are.
        share: of all weights that are random by now, 0 to 1.
        maps: by method.
    """

    name: str
    logit: float
    probability: float | None
    depth: int
    randomised: list[str]
    count: int
    of: int
    share: float
    maps: dict[str, ComparedMap]


class TrainedFacts(DepthFacts):
    """The maps as trained; the first seven as in attribution's PictureFacts and ExplainedClass, `methods` by name."""

    explained: str
    height: int
    width: int
    ending: Ending
    saturated: bool
    saturation: str | None
    layers: list[UsedLayer]
    default_layer: str
    methods: dict[str, MethodSettings]


class Areas(TypedDict):
    """Areas under the curves, of probabilities 0 to 1: a good map has a small deletion and a large insertion area.

    Attributes:
        deletion_random, insertion_random: means over the maps of noise.
        deletion_margin, insertion_margin: how much better than random, in units of the probability or of the
            number; above 0 is better.
    """

    deletion: float
    insertion: float
    deletion_random: float
    insertion_random: float
    deletion_margin: float
    insertion_margin: float


Depends = Literal["passes", "fails", "unclear"]
Counts = Literal["better", "no better", "unclear"]


class Verdict(TypedDict):
    """What the checks mean for a map.

    Attributes:
        judged_rank: median size of the ranks while the upper half of the layers is random, on which `randomisation`
            rests.
        final_rank: None where the map is flat.
        sentence: for people.
    """

    randomisation: Depends
    deletion: Counts
    judged_rank: float | None
    final_rank: float | None
    sentence: str


class CurvesFacts(PartFacts):
    """By method; `ending`: of the explained output, absent in results of earlier releases."""

    areas: dict[str, Areas]
    verdicts: dict[str, Verdict]
    ending: NotRequired[Ending]


TRAINED = PartType(ShownPicture, TrainedArrays, TrainedFacts)
DEPTH = PartType(Nothing, DepthArrays, DepthFacts)
CURVES = PartType(Nothing, CurveArrays, CurvesFacts)
