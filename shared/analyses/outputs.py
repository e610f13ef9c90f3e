"""What a network's outputs are, as the facts of parts say it: how each ends, and what its units stand for."""

import re
from collections.abc import Sequence
from typing import Literal

from typing_extensions import TypedDict

from shared.analyses.typed_parts import LikelyClass

# "sigmoid": several independent classes; "binary": one sigmoid unit, which stands for two; "linear": logits without an
# activation; "given": probabilities whose logits are not to be found; "number": values that are no classes; "": none.
Ending = Literal["softmax", "sigmoid", "binary", "linear", "given", "number", ""]
Way = Literal["higher", "lower"]
WAYS: tuple[Way, ...] = ("higher", "lower")


class OutputFacts(TypedDict):
    """One output of a network.

    Attributes:
        output: its name.
        ending: how it ends.
        units: its values; of a mask, at each position.
        mask: height and width of a mask; [] where it answers for the whole picture.
        assumed: whether classes or numbers is a guess.
        names: of its classes or numbers, as many as are known.
    """

    output: str
    ending: Ending
    units: int
    mask: list[int]
    assumed: bool
    names: list[str]


class NumberRow(TypedDict):
    """A number that a network gives: its name, "" where unknown, its unit, "" where unknown, and its value."""

    name: str
    unit: str
    value: float


class OutputPrediction(OutputFacts):
    """What an output says of a picture.

    Attributes:
        top: its likeliest classes, first one first; [] of numbers.
        numbers: what it gives where it is of numbers, else [].
    """

    top: list[LikelyClass]
    numbers: list[NumberRow]


def number_rows(names: Sequence[str], values: Sequence[float]) -> list[NumberRow]:
    """Rows of numbers whose names may hold their units: "age (years)", "speed [m/s]"."""
    rows: list[NumberRow] = []
    for name, value in zip(names, values, strict=True):
        found = re.fullmatch(r"(.*?)\s*[(\[]([^()\[\]]*)[)\]]", name)
        plain, unit = (found[1], found[2]) if found else (name, "")
        rows.append({"name": plain, "unit": unit, "value": float(value)})
    return rows
