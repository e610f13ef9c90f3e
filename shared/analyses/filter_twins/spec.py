"""`filter_twins`: channels of a layer that are the same filter up to a rotation or a reflection."""

from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from shared.analyses.ascent_modes import AscentSpec
from shared.analyses.base import LayerPath, Queue
from shared.analyses.channel_lists import ChannelList

MOST_CHANNELS = 2048


class FilterTwins(AscentSpec):
    """A tile for every channel, turned into the eight positions of a square, and what the whole layer says to each.

    Chollet, "How convolutional neural networks see the world", 2016. A part a channel, see
    shared.analyses.filter_twins.parts.
    """

    kind: ClassVar[str] = "filter_twins"
    version: ClassVar[int] = 2
    queue: ClassVar[Queue] = "batch"
    shared_by: ClassVar[int] = 8

    layer: LayerPath
    channels: ChannelList = ()
    restarts: Annotated[int, Field(ge=0, le=8, description="Further starts for a channel that stays silent.")] = 3

    @field_validator("channels")
    @classmethod
    def _bound(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if len(value) > MOST_CHANNELS:
            raise ValueError(f"expected at most {MOST_CHANNELS} channels to be compared with each other")
        return value
