"""Parts of `class_maximization`: two a class, the naive run first, or one without `naive`; "sea_snake, naive"."""

from typing import Annotated, NotRequired

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.band_arrays import BandArray, BandFrames
from shared.analyses.class_maximization.spec import Way
from shared.analyses.typed_parts import Axes, Frames, LikelyClass, OfClass, PartFacts, PartType, Picture

Curve = Annotated[np.ndarray, Axes("step")]


class ClassPicture(TypedDict):
    """`image`: the optimized picture."""

    image: Picture


class ClassArrays(TypedDict):
    """At the start and after each step, of the picture as it was optimized; `history`: its frames.

    `image_bands`, `history_bands`: see shared.analyses.band_arrays.
    """

    objective: Curve
    logit: Curve
    probability: Curve
    history: Frames
    image_bands: NotRequired[BandArray]
    history_bands: NotRequired[BandFrames]


class PictureBands(TypedDict):
    """`image_bands`: see shared.analyses.band_arrays."""

    image_bands: NotRequired[BandArray]


class SaidOf(TypedDict):
    """What the network says of the picture as it is shown, in whole grey levels; `top`: its likeliest classes."""

    shown_logit: float
    shown_probability: float
    top: list[LikelyClass]


class AscentFacts(OfClass):
    """A gradient ascent.

    Attributes:
        name: of the class, "" where unknown.
        words: the logit in words.
        how: which of the two runs.
        mode: of the ascent.
        steps, step_size: of the ascent.
        sure_after: the step from which on the probability was above 0.999; None where it never was.
    """

    name: str
    words: str
    how: Way
    mode: str
    steps: int
    step_size: float
    sure_after: int | None


class ClassFacts(PartFacts, AscentFacts, SaidOf):
    """`logit`, `probability`: of the picture as it was optimized."""

    logit: float
    probability: float


class PreviewFacts(OfClass, PartFacts):
    """A picture on its way; `how`: which of the two runs, `step`: after which step of `steps`."""

    how: Way
    step: int
    steps: int


CLASS_IMAGE = PartType(ClassPicture, ClassArrays, ClassFacts)
CLASS_PREVIEW = PartType(ClassPicture, PictureBands, PreviewFacts)
