"""`filter_twins`: channels of a layer that are the same filter up to a rotation or a reflection."""

from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from shared.analyses.ascent_modes import AscentSpec
from shared.analyses.base import LayerPath, Queue
from shared.analyses.channel_lists import ChannelList

MOST_CHANNELS = 2048


class FilterTwins(AscentSpec):
    """A tile for every channel, turned into the eight positions of a square, and what the whole layer says to each.

    Chollet, "How convolutional neural networks see the world", 2016. A part a channel, from which
    shared.analyses.filter_twins.numbers works out the pairs, also while tiles still come in:

    Pictures: `tile` uint8 (size, size, 3) or (size, size).
    Arrays: `answers` float32 (8, channels of the layer), mean activation over positions of every channel for the tile
    in the positions of shared.analyses.filter_twins.numbers.SYMMETRIES; `objective` float32 (step), after each step;
    `kernel` float32 (side, side, input) where the layer sees the picture itself and its kernels are square.
    Facts: as a tile of `filter_atlas`.
    """

    kind: ClassVar[str] = "filter_twins"
    version: ClassVar[int] = 1
    queue: ClassVar[Queue] = "batch"

    layer: LayerPath
    channels: ChannelList = ()
    restarts: Annotated[int, Field(ge=0, le=8, description="Further starts for a channel that stays silent.")] = 3

    @field_validator("channels")
    @classmethod
    def _bound(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(value) > MOST_CHANNELS:
            raise ValueError(f"expected at most {MOST_CHANNELS} channels to be compared with each other")
        return value
