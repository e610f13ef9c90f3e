"""Parts of `filter_twins`: one a channel, called "channel 7".

shared.analyses.filter_twins.numbers works out the pairs from them, also while tiles still come in.
"""

from typing import Annotated, NotRequired

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.band_arrays import BandArray
from shared.analyses.typed_parts import Axes, PartType, TileFacts, TilePicture


class TwinArrays(TypedDict):
    """A tile, and what the whole layer says to it.

    Attributes:
        answers: mean activation over positions of every channel of the layer, for the tile in the eight positions of
            shared.analyses.filter_twins.numbers.SYMMETRIES.
        objective: after each step.
        kernel: where the layer sees the picture itself and its kernels are square.
        tile_bands: see shared.analyses.band_arrays.
    """

    answers: Annotated[np.ndarray, Axes(8, "channel")]
    objective: Annotated[np.ndarray, Axes("step")]
    kernel: NotRequired[Annotated[np.ndarray, Axes("side", "side", "input")]]
    tile_bands: NotRequired[BandArray]


TURNED_TILE = PartType(TilePicture, TwinArrays, TileFacts)
