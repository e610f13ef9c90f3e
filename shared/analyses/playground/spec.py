"""`playground`: a picture and a stack of stages, run as real Keras layers."""

import re
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from shared.analyses.base import ImageRef, JobSpec, Queue
from shared.analyses.playground.presets import PRESETS
from shared.analyses.playground.shapes import stage_shapes
from shared.analyses.playground.stages import Convolution, Stage
from shared.bounds import MOST_SPEC_LETTERS, read_json
from shared.errors import InvalidSpec, choices, message

MOST_STAGES, SMALLEST_SIDE, LARGEST_SIDE = 8, 4, 512
Side = Annotated[int, Field(ge=SMALLEST_SIDE, le=LARGEST_SIDE)]


class Playground(JobSpec):
    """What convolutions, activations and pooling do to a picture, after E. Reppel's cats and his readers' questions.

    One part a stage, or several where a stage has more channels than a part can hold: the stage's numbers, a picture
    of them, the shape written out in numbers.
    """

    kind: ClassVar[str] = "playground"
    version: ClassVar[int] = 2
    queue: ClassVar[Queue] = "interactive"

    image: ImageRef = "sample/cat"
    size: Annotated[
        tuple[Side, Side],
        Field(description="Height × width of the picture, such as 320x400; it is scaled and cropped to that."),
    ] = (320, 400)
    grey: Annotated[bool, Field(description="Whether the picture goes in without its colours.")] = False
    stages: Annotated[
        tuple[Stage, ...],
        Field(description=f"From the picture onwards, as JSON, or a preset (in a terminal: `--preset NAME`), one of: "
              f"{', '.join(PRESETS)}."),
    ] = (Convolution(filters=3),)  # fmt: skip

    @model_validator(mode="before")
    @classmethod
    def _take_preset(cls, values: Any) -> Any:
        """`preset` is a name for fields, not a field: what it stands for is in the key."""
        if not isinstance(values, dict) or "preset" not in values:
            return values
        given = {name: value for name, value in values.items() if name != "preset"}
        if values["preset"] not in PRESETS:
            name = str(values["preset"])
            raise InvalidSpec(message("the name of a `preset`", name, choices(name, PRESETS)))
        if "stages" in given:
            raise InvalidSpec(message("`preset` or `stages`", "both", "Leave one of them out."))
        return PRESETS[values["preset"]].fields() | given

    @field_validator("size", mode="before")
    @classmethod
    def _read_size(cls, value: object) -> object:
        """Accept "320x400", and one number for a square."""
        if isinstance(value, int):
            return value, value
        if isinstance(value, str):
            words = re.split(r"\s*[x×,]\s*", value.strip())
            if len(words) > 2 or not all(word.isdigit() for word in words):
                raise ValueError("expected height × width such as 320x400")
            return int(words[0]), int(words[-1])
        return value

    @field_validator("stages", mode="before")
    @classmethod
    def _read_stages(cls, value: object) -> object:
        """Accept JSON from a shell."""
        try:
            stages = read_json(value, MOST_SPEC_LETTERS) if isinstance(value, str) else value
        except ValueError:
            raise ValueError(
                'expected JSON such as [{"type": "convolution", "filters": 3, "kernel": 3}, {"type": "pooling"}]'
            ) from None
        if not isinstance(stages, list | tuple) or not 1 <= len(stages) <= MOST_STAGES:
            raise ValueError(f"expected a list of 1 to {MOST_STAGES} stages")
        return stages

    @field_validator("stages")
    @classmethod
    def _fit(cls, stages: tuple[Stage, ...], info: ValidationInfo) -> tuple[Stage, ...]:
        if "size" not in info.data:  # said already
            return stages
        received = (*info.data["size"], 1 if info.data.get("grey") else 3)
        for number, found in enumerate(stage_shapes(stages, received), 1):
            if found.problem:
                raise ValueError(f"expected {found.problem[0]} in stage {number}, not {found.problem[1]}")
        for number, stage in enumerate(stages, 1):
            if isinstance(stage, Convolution) and stage.preprocess and (number > 1 or received[2] != 3):
                raise ValueError(f"expected `preprocess` in the first stage of a picture with colours, not {number}")
        return stages

    def with_references(
        self, model: Callable[[str], str], image: Callable[[str], str], dataset: Callable[[str], str]
    ) -> Self:
        """The same request; models that lend filters are named in the stages."""
        stages = tuple(s.with_lender(model) if isinstance(s, Convolution) else s for s in self.stages)
        return super().with_references(model, image, dataset).model_copy(update={"stages": stages})

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(height, width, channel) of the picture."""
        return (*self.size, 1 if self.grey else 3)
