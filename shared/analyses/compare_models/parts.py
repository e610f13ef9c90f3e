"""Parts of `compare_models`: the table ("table"), then a drawn layer each, named by its path before.

With a the weights before and b those after, a distance is ‖b − a‖ / ‖a‖, a cosine a·b / (‖a‖ ‖b‖), `unchanged` the
share of weights whose bits are the same.
"""

from typing import Annotated, NotRequired

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.band_arrays import BandArray
from shared.analyses.compare_models.spec import State
from shared.analyses.outputs import OutputPrediction
from shared.analyses.typed_parts import Axes, LikelyClass, OfType, PartFacts, PartType, Picture, UnitField

OfLayer = Annotated[np.ndarray, Axes("layer")]
OfChannel = Annotated[np.ndarray, Axes("channel")]
Logits = Annotated[np.ndarray, Axes("class")]
MaskArray = Annotated[np.ndarray, Axes("height", "width", dtype="int32")]
Maps = Annotated[np.ndarray, Axes("height", "width", "channel", dtype="float16")]
TileBands = Annotated[np.ndarray, Axes("channel", "height", "width", "band", dtype="uint8")]
Curves = Annotated[np.ndarray, Axes("channel", "step")]


class Movement(TypedDict):
    """How far some weights moved; None: the distance from weights that were all zero, or a cosine with them."""

    distance: float | None
    cosine: float | None
    unchanged: float


class MovedWeights(Movement):
    """One of a layer's weights."""

    name: str
    shape: list[int]


class WeightedLayer(OfType):
    """A layer with weights: its path, its Keras `class`, how many parameters."""

    path: str
    parameters: int


class LayerMove(WeightedLayer, Movement):
    """How far a layer moved.

    Attributes:
        path_after: in the other network.
        channels: how many; 0 where weights belong to no single output channel.
        state: what moved.
        weights: each by itself.
    """

    path_after: str
    channels: int
    state: State
    weights: list[MovedWeights]


class TableRow(LayerMove):
    """A matched layer.

    Attributes:
        part: number of its part; 0: not drawn.
        hindrance: why it cannot be drawn; "" where it can.
        most: channels that moved most.
    """

    part: int
    hindrance: str
    most: list[int]


class LayerCounts(TypedDict):
    """How many layers were matched, and how many of those are in each state."""

    matched: int
    moved: int
    statistics: int
    frozen: int


class AnswerFacts(TypedDict):
    """What both networks say of the picture.

    Attributes:
        top_before, top_after: the likeliest classes of the first output of classes; None without one.
        outputs_before, outputs_after: what every output says that can be explained, or the one that was asked for.
        same_mask: share of positions where both networks' first masks have the same class; where both have one.
    """

    top_before: list[LikelyClass] | None
    top_after: list[LikelyClass] | None
    outputs_before: NotRequired[list[OutputPrediction]]
    outputs_after: NotRequired[list[OutputPrediction]]
    same_mask: NotRequired[float]


class TableFacts(PartFacts, LayerCounts, AnswerFacts):
    """Two networks, layer by layer.

    Attributes:
        layers: matched, in the order of the network before.
        only_before, only_after: layers that the other one has not.
        inside_before, inside_after: path of the container that the matched layers lie in, "" for the network.
        height, width: of the picture, in pixels.
    """

    layers: list[TableRow]
    only_before: list[WeightedLayer]
    only_after: list[WeightedLayer]
    inside_before: str
    inside_after: str
    height: int
    width: int


class ShownPictures(TypedDict):
    """`picture`: as the networks see it; `mask_before`, `mask_after`: their first masks over it."""

    picture: Picture
    mask_before: NotRequired[Picture]
    mask_after: NotRequired[Picture]


class AnswerArrays(TypedDict, total=False):
    """Logits of the first output of classes; of the first mask the class of each position, −1 for none."""

    logits_before: Logits
    logits_after: Logits
    mask_before: MaskArray
    mask_after: MaskArray


class SeenArrays(TypedDict, total=False):
    """`picture_bands`: see shared.analyses.band_arrays."""

    picture_bands: BandArray


class TableArrays(AnswerArrays, SeenArrays):
    """A row a matched layer, and `channel_…`, those of all layers one after the other.

    A distance from weights that were all zero is infinite, a cosine with them NaN.
    """

    distance: OfLayer
    cosine: OfLayer
    unchanged: OfLayer
    channel_distance: OfChannel
    channel_cosine: OfChannel
    channel_unchanged: OfChannel


class ChannelRow(Movement):
    """A channel before and after.

    Attributes:
        dead_…, objective_…: as `dead` and `objective` of a tile of `filter_atlas`.
        mean_…: of its map.
        low, high: of both maps.
    """

    channel: int
    dead_before: bool
    dead_after: bool
    objective_before: float
    objective_after: float
    mean_before: float
    mean_after: float
    low: float
    high: float


class LayerFacts(PartFacts, UnitField):
    """A drawn layer; `height`, `width` of its maps; `channels` that moved most."""

    path: str
    path_after: str
    height: int
    width: int
    channels: list[ChannelRow]


# `before_5`, `after_5`: tiles of channel 5, as in `filter_atlas`.
ChannelTiles = dict[str, Picture]


class LayerArrays(TypedDict):
    """Of the channels that moved most: what the picture and the tiles excite, how far they moved, which they are.

    `before_bands`, `after_bands`: the tiles in all bands, see shared.analyses.band_arrays.
    """

    maps_before: Maps
    maps_after: Maps
    objective_before: Curves
    objective_after: Curves
    distance: OfChannel
    cosine: OfChannel
    unchanged: OfChannel
    channels: Annotated[np.ndarray, Axes("channel", dtype="int32")]
    before_bands: NotRequired[TileBands]
    after_bands: NotRequired[TileBands]


TABLE = PartType(ShownPictures, TableArrays, TableFacts)
LAYER = PartType(ChannelTiles, LayerArrays, LayerFacts)
