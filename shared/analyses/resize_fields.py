"""The field `resize` of the kinds that show whole pictures to a network."""

from typing import Annotated

from pydantic import AfterValidator, Field

from shared.errors import InvalidSpec
from shared.images.resizing import AUTO, OWN, read_resizing

_WAYS = (
    "auto: as the model's card says, else crop; crop: its middle; crop 0.875: that share of its middle; fit: all of "
    "it, squeezed; pad: all of it, filled up with black"
)


def _rule(value: str) -> str:
    if value == AUTO:
        return value
    try:
        return str(read_resizing(value))
    except InvalidSpec:
        raise ValueError("expected auto, crop, crop 0.875 (a share of the middle), fit, pad or own") from None


def _of_one_size(value: str) -> str:
    if _rule(value) == OWN:
        raise ValueError("expected auto, crop, crop 0.875 (a share of the middle), fit or pad")
    return _rule(value)


ResizeOrOwn = Annotated[
    str,
    AfterValidator(_rule),
    Field(
        description=f"How the picture meets the network's size. {_WAYS}; own: as it is, for networks that take any "
        "size.",
        examples=["auto", "crop", "crop 0.875", "fit", "pad", "own"],
    ),
]
Resize = Annotated[
    str,
    AfterValidator(_of_one_size),
    Field(
        description=f"How a picture meets the network's size. {_WAYS}.",
        examples=["auto", "crop", "crop 0.875", "fit", "pad"],
    ),
]
