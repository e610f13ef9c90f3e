"""The one part of `augmentation_preview`, called "copies"."""

from typing import Annotated

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.typed_parts import Axes, ColourPicture, PartFacts, PartType


class CopiesPictures(TypedDict):
    """`original`: as training would be given it; `sheet`: all copies in rows."""

    original: ColourPicture
    sheet: ColourPicture


class CopiesArrays(TypedDict):
    """The changed pictures."""

    copies: Annotated[np.ndarray, Axes("copy", "height", "width", 3, dtype="uint8")]


class SourceFacts(TypedDict, total=False):
    """Where the picture is from, if from a data set: its path, the name of its class, its split."""

    path: str
    label: str
    split: str


class CopiesFacts(PartFacts, SourceFacts):
    """Height and width of a copy in pixels, columns of the sheet, how many copies."""

    size: int
    columns: int
    copies: int


COPIES = PartType(CopiesPictures, CopiesArrays, CopiesFacts)
