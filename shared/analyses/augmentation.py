"""How pictures are changed at random in training, so that a network never sees the same one twice."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.bounds import MOST_SPEC_LETTERS, read_json
from shared.errors import InvalidSpec, choices, message

Share = Annotated[float, Field(ge=0, le=1)]


class Augmentation(BaseModel):
    """Random changes of a training picture. The defaults are the book's.

    F. Chollet, "Deep Learning with Python", 2017, section 5.2.5. Each picture draws its own numbers, evenly from the
    whole range, every time it is seen; 0 and false leave out a change. Worker: worker.pictures.augmentation.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    rotation: Annotated[
        float, Field(ge=0, le=180, description="Degrees: turned by up to so many, either way.")
    ] = 40.0  # fmt: skip
    width_shift: Annotated[Share, Field(description="Share of the width: moved by up to so much, either way.")] = 0.2
    height_shift: Annotated[Share, Field(description="Share of the height: moved by up to so much, either way.")] = 0.2
    shear: Annotated[
        Share, Field(description="Slanted: the lower edge moves by up to so much of the height, either way.")
    ] = 0.2
    zoom: Annotated[
        float, Field(ge=0, le=0.9, description="0.2: height and width, each by itself, times 0.8 to 1.2.")
    ] = 0.2
    horizontal_flip: Annotated[bool, Field(description="Whether half of the pictures are mirrored.")] = True
    vertical_flip: Annotated[bool, Field(description="Whether half of the pictures are turned upside down.")] = False
    fill: Annotated[
        Literal["nearest", "reflect", "wrap", "constant"],
        Field(description="What comes in from outside. nearest: the edge drawn out; reflect: mirrored; wrap: from the "
              "other side; constant: black."),
    ] = "nearest"  # fmt: skip
    brightness: Annotated[Share, Field(description="Of white: so much is added or taken away at most.")] = 0.0
    contrast: Annotated[
        Share, Field(description="0.3: distances from the mean times 0.7 to 1.3, each colour by itself.")
    ] = 0.0  # fmt: skip

    @model_validator(mode="before")
    @classmethod
    def _read(cls, values: Any) -> Any:
        """Accept a preset's name, alone or as `preset` among the fields, and JSON from a shell.

        `preset` is a name for fields, not a field: what it stands for is in the key.
        """
        if isinstance(values, str):
            values = {"preset": values} if values in AUGMENTATION_PRESETS else _from_json(values)
        if not isinstance(values, dict) or "preset" not in values:
            return values
        name = str(values["preset"])
        if name not in AUGMENTATION_PRESETS:
            raise InvalidSpec(message("the name of a `preset`", name, choices(name, AUGMENTATION_PRESETS)))
        given = {field: value for field, value in values.items() if field != "preset"}
        return AUGMENTATION_PRESETS[name] | given


AUGMENTATION_PRESETS: dict[str, dict[str, Any]] = {
    "book": {},
    "mirror": {"rotation": 0.0, "width_shift": 0.0, "height_shift": 0.0, "shear": 0.0, "zoom": 0.0},
    "none": {"rotation": 0.0, "width_shift": 0.0, "height_shift": 0.0, "shear": 0.0, "zoom": 0.0,
             "horizontal_flip": False},
}  # fmt: skip


def _from_json(text: str) -> Any:
    try:
        return read_json(text, MOST_SPEC_LETTERS)
    except ValueError:
        raise ValueError(
            f'expected one of {", ".join(AUGMENTATION_PRESETS)}, or JSON such as {{"rotation": 20}}'
        ) from None
