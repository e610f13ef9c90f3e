"""`inspect_model`: what layers a model has and what each can show."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.analyses.base import ImageRef, JobSpec, ModelRef, Queue


class InspectModel(JobSpec):
    """List the layers of a model, nested ones included.

    One part: a row per layer with its path, class, output shape, channels, parameters, receptive field and
    stride, the layers that feed it, and the analyses it can serve; the metrics name the input, the head and the classes
    where known. A file's network is shown a picture here and in plain Keras, and refused where the outputs differ.
    """

    kind: ClassVar[str] = "inspect_model"
    version: ClassVar[int] = 5
    queue: ClassVar[Queue] = "interactive"

    model: ModelRef
    image: Annotated[
        ImageRef | None, Field(description="The picture that a file's network is shown; none means a sample.")
    ] = None
