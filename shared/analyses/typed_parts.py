"""The contract between worker and page: what a sort of part holds, as types that mypy reads and each part is held to.

A kind's `parts.py` says what pictures, arrays and facts its parts hold, as TypedDicts, and makes of them a `PartType` a
sort of part. The worker makes parts through these alone, and so do tests that need a result without a worker; pages,
exports and reports read through them. Keys that were added since release 0.1.0 are NotRequired, for its parts are read
too. Arrays are (height, width, channel), pictures uint8.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Generic, NotRequired, TypeVar, cast

import numpy as np
from pydantic import GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypedDict  # pydantic reads no other below Python 3.12

from shared.results import Part

P = TypeVar("P")
A = TypeVar("A")
F = TypeVar("F")


class Axes:
    """What an array is, beside its name in a type: `Annotated[np.ndarray, Axes("class", "height", "width")]`."""

    def __init__(self, *names: str | int, dtype: str = "float32") -> None:
        """Name the axes in order.

        Args:
            names: a number is an axis of that length.
            dtype: NumPy's name of it; "str" is text of any length.
        """
        self.names, self.dtype = names, dtype

    def __str__(self) -> str:
        return f"{self.dtype} ({', '.join(map(str, self.names))})"

    def check(self, array: Any) -> np.ndarray:
        """The array itself.

        Raises:
            ValueError: it is of another dtype or has other axes.
        """
        if not isinstance(array, np.ndarray):
            raise ValueError(f"expected {self}, received {type(array).__name__}")
        sides = zip(self.names, array.shape, strict=False)
        fits = len(self.names) == array.ndim and all(n == side for n, side in sides if isinstance(n, int))
        name = "str" if array.dtype.kind == "U" else array.dtype.name
        if name != self.dtype or not fits:
            raise ValueError(f"expected {self}, received {name} {array.shape}")
        return array

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.check)


ColourPicture = Annotated[np.ndarray, Axes("height", "width", 3, dtype="uint8")]
GreyPicture = Annotated[np.ndarray, Axes("height", "width", dtype="uint8")]
Picture = ColourPicture | GreyPicture
# An animation.
Frames = (
    Annotated[np.ndarray, Axes("frame", "height", "width", 3, dtype="uint8")]
    | Annotated[np.ndarray, Axes("frame", "height", "width", dtype="uint8")]
)


class Nothing(TypedDict):
    """A part without pictures, or without arrays."""


class PartFacts(TypedDict):
    """Facts of any part. `arrays`, name to shape, are there where facts were read alone, and never stored."""

    arrays: NotRequired[Mapping[str, Sequence[int]]]


# "class" is no name that a class body could hold.
OfClass = TypedDict("OfClass", {"class": int})
OfType = TypedDict("OfType", {"class": str})


class LikelyClass(OfClass):
    """What a network says of a class: its number, `name` ("" where unknown), and how likely it is."""

    name: str
    logit: float
    probability: float


class UnitField(TypedDict):
    """What a layer's units see of a picture, in pixels of what the network was shown.

    Attributes:
        receptive_field: side of it; None: the whole picture.
        stride: from one unit to the next.
        start: row and column of the pixel in the middle of the first unit's field; halves lie between two.
    """

    receptive_field: float | None
    stride: float
    start: list[float]


class TilePicture(TypedDict):
    """`tile`: what excites the channel most, (size, size, 3), or (size, size) for a grey model."""

    tile: Picture


class TileFacts(PartFacts):
    """What came of one channel.

    Attributes:
        channel: its number in the layer.
        objective, objective_start: after the last step, and before the first.
        dead: whether it never answered; `reason`: why it is called so.
        starts: how many were tried.
    """

    channel: int
    objective: float
    objective_start: float
    dead: bool
    starts: int
    reason: NotRequired[str]


@dataclass(frozen=True)
class PartType(Generic[P, A, F]):
    """A sort of part.

    Attributes:
        pictures: type of its pictures by name.
        arrays: type of its arrays by name.
        facts: type of its facts.
    """

    pictures: type[P]
    arrays: type[A]
    facts: type[F]

    def part(
        self, index: int, name: str, *, pictures: P | None = None, arrays: A | None = None, facts: F | None = None
    ) -> Part:
        """A part of this sort.

        Raises:
            ValueError: see check().
        """
        part = Part(index, name, *(cast(Any, one or {}) for one in (pictures, arrays, facts)))
        self.check(part)
        return part

    def check(self, part: Part) -> None:
        """Hold a part to its type.

        Raises:
            ValueError: a key is missing or unknown, a fact is of another type, an array has another dtype or axes.
        """
        for what, adapter in self._adapters.items():
            try:
                adapter.validate_python(dict(getattr(part, what)), strict=True, extra="forbid")
            except ValidationError as error:
                raise ValueError(f"{what} of part {part.index} ({part.name}): {_words(error)}") from None

    def read(self, found: Part | Mapping[str, Any]) -> F:
        """Facts of a part as their type; not checked, for another release may have written them."""
        return cast(F, found.facts if isinstance(found, Part) else found)

    def read_arrays(self, part: Part) -> A:
        """Arrays of a part as their type; not checked either."""
        return cast(A, part.arrays)

    @cached_property
    def _adapters(self) -> dict[str, TypeAdapter[Any]]:
        return {what: TypeAdapter(getattr(self, what)) for what in ("pictures", "arrays", "facts")}


def _words(error: ValidationError) -> str:
    """Every key that is wrong, and how."""
    said = {"missing": "is missing", "extra_forbidden": "is not one of its keys"}
    found = [(".".join(str(at) for at in e["loc"] if at != "function-plain[check()]"), e) for e in error.errors()]
    return "; ".join(f"{key} {said.get(e['type'], e['msg'].removeprefix('Value error, '))}" for key, e in found)
