"""Parts of `deep_dream`: the photograph, then an octave each, smallest first, then the frames of the whole."""

from typing import Annotated, NotRequired

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.band_arrays import BandArray, BandFrames
from shared.analyses.typed_parts import Axes, Frames, Nothing, PartFacts, PartType, Picture

Curve = Annotated[np.ndarray, Axes("step")]


class Photograph(TypedDict):
    """`original`: the photograph in the dream's size."""

    original: Picture


class Dream(TypedDict):
    """`dream`: the octave as it ended."""

    dream: Picture


class PhotographFacts(PartFacts):
    """`layers`: what is dreamt of, as text; `sizes`: height and width of every octave, in pixels."""

    layers: list[str]
    sizes: list[list[int]]


class OctaveFacts(PartFacts):
    """An octave.

    Attributes:
        octave: its number, 0 is the smallest.
        height, width: in pixels.
        steps: how many were done.
        objective, objective_start: at the end, and before the first step.
        ended: why before its last step: "ceiling", "silent" (no gradient anywhere), or "".
        curve: the array in five digits.
    """

    octave: int
    height: int
    width: int
    steps: int
    objective: float
    objective_start: float
    ended: str
    curve: list[float]


class OctaveArrays(TypedDict):
    """`objective`: before every step and at the end; `dream_bands`: see shared.analyses.band_arrays."""

    objective: Curve
    dream_bands: NotRequired[BandArray]


class PhotographArrays(TypedDict):
    """`original_bands`: see shared.analyses.band_arrays."""

    original_bands: NotRequired[BandArray]


class WayArrays(TypedDict):
    """`history`: the way as an animation; `objective`: after every step of all octaves.

    `history_bands`: see shared.analyses.band_arrays.
    """

    history: Frames
    history_bands: NotRequired[BandFrames]
    objective: Curve


PHOTOGRAPH = PartType(Photograph, PhotographArrays, PhotographFacts)
OCTAVE = PartType(Dream, OctaveArrays, OctaveFacts)
WAY = PartType(Nothing, WayArrays, PartFacts)
