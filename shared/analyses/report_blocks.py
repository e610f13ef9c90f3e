"""What a report is made of: figures, curves and tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shared.results import Part
from shared.store import RunRecord


@dataclass(frozen=True)
class Grid:
    """Equal tiles on a sheet, so that each can be opened large.

    Attributes:
        columns: tiles in a row.
        step: pixels of the sheet from one tile to the next.
        edge: pixels of a tile.
        labels: what each tile is, in the sheet's order.
    """

    columns: int
    step: int
    edge: int
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """One picture.

    Attributes:
        title: what it is.
        data: bytes of a PNG, JPEG or GIF.
        media_type: of the bytes.
        grid: tiles on it; None for a picture that is one.
        wide: whether it takes the whole width; else several stand side by side.
        large: whether it is what the result is about, and shown larger than the others.
    """

    title: str
    data: bytes = field(repr=False)
    media_type: str = "image/png"
    grid: Grid | None = None
    wide: bool = False
    large: bool = False


@dataclass(frozen=True)
class Curves:
    """Lines over steps or epochs.

    Attributes:
        title: what they are.
        lines: name to float array (point); NaN leaves a gap.
        axis: what is counted ("step").
    """

    title: str
    lines: dict[str, np.ndarray]
    axis: str = "step"


@dataclass(frozen=True)
class Table:
    """Rows under headings; numbers stand to the right."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


Block = Figure | Curves | Table


def predictions(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """The likeliest classes as a table, of kinds whose first part names them; nothing without a head."""
    facts = parts[0].facts if 0 in parts else {}
    top, numbers = facts.get("top"), facts.get("numbers")
    if numbers:
        said = [(row["name"], row["value"], row["unit"]) for row in numbers]
        return [Table("What the network says", ("Number", "Value", "Unit"), said)]
    if not top:
        return []
    rows = [(row["class"], row.get("name", ""), row["logit"], row["probability"]) for row in top]
    return [Table("What the network says", ("Class", "Name", "Logit", "Probability"), rows)]


def plain(value: Any) -> Any:
    """A fact as a cell: a shape as "3 × 3", nothing as an empty cell."""
    if isinstance(value, list | tuple):
        return " × ".join("any" if one is None else str(one) for one in value)
    return "" if value is None else value
