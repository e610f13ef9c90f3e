"""`channel_ablation`: what a network loses when a channel of a layer is switched off, over a data set."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from shared.analyses.ascent_modes import own_or_8
from shared.analyses.base import DatasetRef, JobSpec, LayerPath, ModelRef, OutputName, Queue, Seed
from shared.analyses.channel_lists import ChannelList
from shared.analyses.resize_fields import Resize

Replacement = Literal["zero", "mean", "resample"]


class ChannelAblation(JobSpec):
    """Each channel of a layer is replaced in turn, and the rest of the network answers without it.

    What comes back, part by part, is in shared.analyses.channel_ablation.parts.
    """

    kind: ClassVar[str] = "channel_ablation"
    version: ClassVar[int] = 1
    queue: ClassVar[Queue] = "batch"
    shared_by: ClassVar[int] = 8

    model: ModelRef
    model_output: OutputName = ""
    dataset: DatasetRef
    layer: LayerPath
    split: Annotated[Literal["train", "validation", "test"], Field(description="Which of its pictures.")] = "test"
    channels: ChannelList = ()
    replace_by: Annotated[
        Replacement,
        Field(description="What a channel is replaced by. zero: nothing; mean: its mean over the pictures and their "
              "positions; resample: what it gives for another of the pictures, drawn by chance."),
    ] = "zero"  # fmt: skip
    images: Annotated[
        int, Field(ge=0, le=20_000, description="Pictures of the split, drawn by chance; 0 means all.")
    ] = 1000
    draws: Annotated[
        int,
        Field(ge=1, le=20, description="How many times channels are drawn by chance, to compare the strongest with."),
    ] = 5
    seed: Seed = 0
    size: Annotated[
        int,
        Field(ge=0, le=1024, description="Height and width at which the network sees a picture, in pixels; 0 means "
              "the size that the model was made for."),
        AfterValidator(own_or_8),
    ] = 0  # fmt: skip
    resize: Resize = "auto"
