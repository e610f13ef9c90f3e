"""`filter_atlas`: for every channel of a layer, the picture that excites it most."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.analyses.ascent_modes import PictureAscentSpec
from shared.analyses.base import LayerPath, Queue
from shared.analyses.channel_lists import ChannelList


class FilterAtlas(PictureAscentSpec):
    """Gradient ascent on the mean activation of each channel of one layer.

    Chollet, "How convolutional neural networks see the world", 2016; Olah et al., "Feature Visualization", Distill
    2017; Fel et al., NeurIPS 2023. One part a channel: its tile and its objective after every step.
    """

    kind: ClassVar[str] = "filter_atlas"
    version: ClassVar[int] = 3
    queue: ClassVar[Queue] = "batch"
    shared_by: ClassVar[int] = 8

    layer: LayerPath
    channels: ChannelList = ()
    restarts: Annotated[int, Field(ge=0, le=8, description="Further starts for a channel that stays silent.")] = 3
