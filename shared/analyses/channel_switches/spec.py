"""`channel_switches`: what a network says of one photograph with some channels of a layer switched off."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.analyses.base import ImageRef, JobSpec, LayerPath, ModelRef, OutputName, Queue
from shared.analyses.channel_lists import ChannelList
from shared.analyses.resize_fields import Resize


class ChannelSwitches(JobSpec):
    """The predictions of one photograph, with every channel of a layer and without some.

    What comes back is in shared.analyses.channel_switches.parts.
    """

    kind: ClassVar[str] = "channel_switches"
    version: ClassVar[int] = 1
    queue: ClassVar[Queue] = "interactive"

    model: ModelRef
    model_output: OutputName = ""
    image: ImageRef
    layer: LayerPath
    off: Annotated[ChannelList, Field(description="Which channels are off; none means all are on.")] = ()
    replace_by: Annotated[
        Literal["zero", "mean"],
        Field(description="What a channel that is off is replaced by. zero: nothing; mean: its mean over the picture."),
    ] = "zero"
    resize: Resize = "auto"
