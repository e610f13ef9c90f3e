"""`concepts`: what a network's class is made of, and which of it may be a shortcut."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from shared.analyses.ascent_modes import own_or_8
from shared.analyses.base import DatasetRef, JobSpec, LayerPath, ModelRef, OutputName, Queue, Seed
from shared.analyses.resize_fields import Resize


class Concepts(JobSpec):
    """The concepts of one class: what its pictures have in common at a layer, how much the class rests on each, and
    how much each looks like a shortcut.

    What comes back, part by part, is in shared.analyses.concepts.parts.
    """

    kind: ClassVar[str] = "concepts"
    version: ClassVar[int] = 1
    queue: ClassVar[Queue] = "batch"

    model: ModelRef
    model_output: OutputName = ""
    dataset: DatasetRef
    layer: LayerPath
    class_name: Annotated[
        str, Field(max_length=200, description="Which class, by its name in the data set; none means its first.")
    ] = ""
    split: Annotated[Literal["train", "validation", "test"], Field(description="Which of its pictures.")] = "test"
    concepts: Annotated[int, Field(ge=2, le=40, description="How many concepts.")] = 12
    images: Annotated[
        int,
        Field(ge=0, le=5000, description="Pictures of the class, drawn by chance, and as many of other classes; 0 "
              "means all."),
    ] = 500  # fmt: skip
    crop: Annotated[
        float, Field(ge=0.1, le=1.0, description="Side of a crop, as a share of what the network sees.")
    ] = 0.375
    repeats: Annotated[
        int,
        Field(ge=1, le=10, description="How many times concepts are looked for, each time from another start; how far "
              "they agree is their stability."),
    ] = 3  # fmt: skip
    draws: Annotated[
        int,
        Field(ge=8, le=256, multiple_of=8, description="Draws a picture and a concept for the importance; more are "
              "more exact."),
    ] = 32  # fmt: skip
    steps: Annotated[
        int, Field(ge=0, le=4096, description="Gradient ascent steps of a concept's picture; 0: none is made.")
    ] = 64
    seed: Seed = 0
    size: Annotated[
        int,
        Field(ge=0, le=1024, description="Height and width at which the network sees a picture, in pixels; 0 means "
              "the size that the model was made for."),
        AfterValidator(own_or_8),
    ] = 0  # fmt: skip
    resize: Resize = "auto"
