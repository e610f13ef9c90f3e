"""`dataset_examples`: for every channel of a layer, the pieces of real pictures that excite it most."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from shared.analyses.ascent_modes import own_or_8
from shared.analyses.base import DatasetRef, JobSpec, LayerPath, ModelRef, Precision, Queue
from shared.analyses.channel_lists import ChannelList
from shared.analyses.resize_fields import Resize


class DatasetExamples(JobSpec):
    """The units of a data set's pictures that each channel answers to most, of each picture the strongest one.

    What comes back, part by part, is in shared.analyses.dataset_examples.parts.
    """

    kind: ClassVar[str] = "dataset_examples"
    version: ClassVar[int] = 2
    queue: ClassVar[Queue] = "batch"
    shared_by: ClassVar[int] = 8

    model: ModelRef
    dataset: DatasetRef
    layer: LayerPath
    split: Annotated[Literal["train", "validation", "test"], Field(description="Which of its pictures.")] = "train"
    channels: ChannelList = ()
    k: Annotated[int, Field(ge=1, le=25, description="How many pictures a channel.")] = 9
    images: Annotated[
        int, Field(ge=0, description="Look at this many of the pictures, from the first; 0 means all.")
    ] = 0
    size: Annotated[
        int,
        Field(ge=0, le=1024, description="Height and width at which the network sees a picture, in pixels; 0 means "
              "the size that the model was made for."),
        AfterValidator(own_or_8),
    ] = 0  # fmt: skip
    resize: Resize = "auto"
    precision: Annotated[
        Precision, Field(description="Number format; float32 tells the closest responses apart.")
    ] = "float32"  # fmt: skip
