"""`compare_models`: how far each layer of a network moved, and what its most changed channels want and see now."""

from collections.abc import Callable
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from shared.analyses.ascent_modes import AscentSpec
from shared.analyses.base import ImageRef, Layers, ModelRef, OutputName, Queue
from shared.errors import InvalidSpec, message

Side = Literal["before", "after"]
SIDES: tuple[Side, ...] = ("before", "after")
# What is said of a layer: something moved; of a normalization nothing but its running statistics; not one bit did.
State = Literal["moved", "statistics", "frozen"]


class CompareModels(AscentSpec):
    """Two networks of the same shape: before and after fine-tuning, two checkpoints, a trained network and its base.

    Layers are matched by path, below a container that only one side has too, and by the shapes of their weights.
    With a the weights before and b those after, a **distance** is ‖b − a‖ / ‖a‖, a **cosine** a·b / (‖a‖ ‖b‖),
    **unchanged** the share of weights whose bits are the same.

    What comes back, part by part, is in shared.analyses.compare_models.parts.
    """

    kind: ClassVar[str] = "compare_models"
    version: ClassVar[int] = 3
    queue: ClassVar[Queue] = "batch"
    newer: ClassVar[frozenset[str]] = frozenset({"model_output"})

    model: Annotated[ModelRef, Field(description="The network before: distances are shares of its weights.")]
    other: Annotated[ModelRef, Field(description="The network after.")]
    image: Annotated[ImageRef, Field(description="Picture that both are shown.")] = "sample/cat"
    model_output: Annotated[
        OutputName, Field(description="Which output to compare, of networks with several, by name; none means all.")
    ] = ""
    layers: Annotated[Layers, Field(description="Which layers to draw; none means those that moved most.")] = ()
    most_layers: Annotated[
        int, Field(ge=1, le=8, description="How many layers to draw, unless `layers` names them; convolutions first.")
    ] = 3
    most_channels: Annotated[int, Field(ge=1, le=16, description="How many channels of each, most changed first.")] = 6
    restarts: Annotated[int, Field(ge=0, le=8, description="Further starts for a channel that stays silent.")] = 3

    @field_validator("other")
    @classmethod
    def _differ(cls, value: str, info: ValidationInfo) -> str:
        if value == info.data.get("model"):
            raise ValueError("expected another network than `model`, for none has moved from itself")
        return value

    @model_validator(mode="after")
    def _settle(self) -> Self:
        if self.layers:  # a number that plays no part makes no other key
            object.__setattr__(self, "most_layers", type(self).model_fields["most_layers"].default)
        return self

    def with_references(
        self, model: Callable[[str], str], image: Callable[[str], str], dataset: Callable[[str], str]
    ) -> Self:
        """As every spec's.

        Raises:
            InvalidSpec: two names stand for the same network.
        """
        found = super().with_references(model, image, dataset)
        if found.model == found.other:
            named = f"{self.model} and {self.other}, both {found.model}"
            raise InvalidSpec(message("two networks in `model` and `other`", named, "Choose another one for `other`."))
        return found
