"""Parts of `filter_atlas`: one a channel, called "channel 7"."""

from typing import Annotated

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.typed_parts import Axes, PartType, TileFacts, TilePicture


class TileArrays(TypedDict):
    """`objective`: after each step."""

    objective: Annotated[np.ndarray, Axes("step")]


TILE = PartType(TilePicture, TileArrays, TileFacts)
