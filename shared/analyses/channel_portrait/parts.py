"""Parts of `channel_portrait`: pictures named by portrait_parts(), and the kernel where the layer sees the picture."""

from typing import Annotated, NotRequired

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.band_arrays import BandArray, BandFrames
from shared.analyses.typed_parts import Axes, ColourPicture, Frames, PartFacts, PartType, Picture


class PortraitPicture(TypedDict):
    """`image`: (size, size, 3), or (size, size) for a grey model."""

    image: Picture


class PortraitArrays(TypedDict):
    """The way to a picture.

    Attributes:
        objective: at the start and after each step, as it was maximised; the last one of the picture that was kept,
            unmoved.
        history: frames of the gradient ascent.
        image_bands, history_bands: see shared.analyses.band_arrays.
    """

    objective: Annotated[np.ndarray, Axes("step")]
    history: Frames
    image_bands: NotRequired[BandArray]
    history_bands: NotRequired[BandFrames]


class SketchBands(TypedDict):
    """`image_bands`: see shared.analyses.band_arrays."""

    image_bands: NotRequired[BandArray]


class PictureFacts(PartFacts):
    """`picture`: the part's name, with "_" for a blank; `channel`: its number in the layer."""

    picture: str
    channel: int


class SketchFacts(PictureFacts):
    """The portrait on its way; `step`: after which step."""

    step: int


class Outcome(TypedDict):
    """What came of an ascent; what is not said is as usual: one start, the channel's own mean, the curve's last value.

    Attributes:
        starts: how many there were.
        of: the layer whose mean is the objective.
        before: whether that was read before the layer's own activation: the opposite minimises what it would cut off.
        answer: the channel's own mean for the picture as it was optimized.
        hidden: the activation that cuts the channel off, of an opposite that had to be read behind it nevertheless.
        dead: whether no start raised it (lowered it, of the opposite); `reason`: in words.
        edge_share: of a portrait's positive response, what the two outermost rows and columns give, 0 to 1; where
            the map is small, or nothing responds, it is not said.
    """

    dead: bool
    starts: NotRequired[int]
    of: NotRequired[str]
    before: NotRequired[bool]
    answer: NotRequired[float]
    hidden: NotRequired[str]
    reason: NotRequired[str]
    edge_share: NotRequired[float]


class PortraitFacts(PictureFacts):
    """A portrait, its opposite or a facet, with the whole of its Outcome.

    Attributes:
        size: of the picture, in pixels.
        objective, objective_start: last and first of the curve.
    """

    size: int
    objective: float
    objective_start: float
    dead: bool
    starts: int
    of: str
    before: bool
    answer: float
    hidden: NotRequired[str]
    reason: NotRequired[str]
    edge_share: NotRequired[float]


class KernelPicture(TypedDict):
    """`kernel`: grey is zero, the largest weight reaches black or white."""

    kernel: ColourPicture


class KernelArrays(TypedDict):
    """`kernel`: red, green, blue, or grey."""

    kernel: Annotated[np.ndarray, Axes("height", "width", "colour")]


class KernelFacts(PictureFacts):
    """`layer`: path of the convolution; `bias`: of the channel."""

    layer: str
    bias: float


SKETCH = PartType(PortraitPicture, SketchBands, SketchFacts)
PORTRAIT = PartType(PortraitPicture, PortraitArrays, PortraitFacts)
KERNEL = PartType(KernelPicture, KernelArrays, KernelFacts)
