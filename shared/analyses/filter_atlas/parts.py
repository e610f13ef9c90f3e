"""Parts of `filter_atlas`: one a channel, called "channel 7"."""

from typing import Annotated, NotRequired

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.band_arrays import BandArray
from shared.analyses.typed_parts import Axes, PartType, TileFacts, TilePicture


class TileArrays(TypedDict):
    """`objective`: after each step; `tile_bands`: see shared.analyses.band_arrays."""

    objective: Annotated[np.ndarray, Axes("step")]
    tile_bands: NotRequired[BandArray]


TILE = PartType(TilePicture, TileArrays, TileFacts)
