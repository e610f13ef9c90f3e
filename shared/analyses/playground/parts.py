"""Parts of `playground`: one a stage ("stage 1")."""

from typing import Annotated, NotRequired

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.typed_parts import Axes, PartFacts, PartType, Picture


class StagePictures(TypedDict, total=False):
    """`input`: what went in, on part 0 alone; `composite`: a stage with 1 or 3 channels."""

    input: Picture
    composite: Picture


class StageArrays(TypedDict):
    """`stage`: what the stage gives, raw; `kernel`: of a convolution."""

    stage: Annotated[np.ndarray, Axes("height", "width", "channel")]
    kernel: NotRequired[Annotated[np.ndarray, Axes("height", "width", "input", "filter")]]


class StageFacts(PartFacts):
    """What a person wants to know of a stage.

    Attributes:
        stage: its number, from 0; `title`: what it is called.
        received, shape: (height, width, channel) of what goes in and comes out.
        arithmetic: how height and width come about, written out; [] of an activation.
        kernel: height and width; [] without one; missing in parts of 0.1.0.
        parameters: weights and biases; `dense`: those of a dense layer from the same numbers to the same numbers.
        warnings: what a person should know, one sentence each.
        lender: whose filters it borrows, in words; "" where they are its own.
        shown: what black and white of the composite stand for; "" without one.
        ranges: smallest and largest number of each channel.
    """

    stage: int
    title: str
    received: list[int]
    shape: list[int]
    arithmetic: list[str]
    kernel: NotRequired[list[int]]
    parameters: int
    dense: int
    warnings: list[str]
    lender: str
    shown: str
    ranges: list[list[float]]


STAGE = PartType(StagePictures, StageArrays, StageFacts)
