"""`augmentation_preview`: one picture, and many copies of it as training would see them."""

from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from shared.analyses.augmentation import Augmentation
from shared.analyses.base import DatasetRef, ImageRef, JobSpec, Queue, Seed

Side = Annotated[int, Field(ge=32, le=320, description="Height and width of a copy, in pixels.")]


class AugmentationPreview(Augmentation, JobSpec):
    """Copies of a picture, changed by the same layers that training uses.

    One part: the picture as training would be given it, and the copies.
    """

    kind: ClassVar[str] = "augmentation_preview"
    version: ClassVar[int] = 1
    queue: ClassVar[Queue] = "interactive"

    image: Annotated[ImageRef, Field(description="Which picture, where no data set is named.")] = "sample/cat"
    dataset: Annotated[DatasetRef | None, Field(description="Which data set the picture is from.")] = None
    picture: Annotated[int, Field(ge=0, description="Its number in the data set, from 0.")] = 0
    size: Side = 150
    copies: Annotated[int, Field(ge=1, le=48, description="How many copies.")] = 15
    seed: Seed = 0

    @model_validator(mode="before")
    @classmethod
    def _one_source(cls, values: Any) -> Any:
        """A data set takes the place of the image: what plays no part must not make another key."""
        if not isinstance(values, dict):
            return values
        idle = "image" if values.get("dataset") else "picture"
        return {name: value for name, value in values.items() if name != idle}
