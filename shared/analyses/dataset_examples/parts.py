"""Parts of `dataset_examples`: a shard of the pictures each with the best of its own, last the best of all.

shared.analyses.dataset_examples.numbers.merge() works out the best of all, also while shards still come in; several
workers may make shards of one run.
"""

from typing import Annotated, NotRequired

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.band_arrays import BandArray
from shared.analyses.typed_parts import Axes, ColourPicture, Nothing, PartFacts, PartType, UnitField

Values = Annotated[np.ndarray, Axes("channel", "k")]
Numbers = Annotated[np.ndarray, Axes("channel", "k", dtype="int32")]


class ExampleArrays(TypedDict):
    """The strongest units, as shared.analyses.dataset_examples.numbers.Examples has them; channels as `channels` of
    the request lists them."""

    strength: Values
    values: Values
    picture: Numbers
    label: Numbers
    unit: Annotated[np.ndarray, Axes("channel", "k", 2, dtype="int32")]
    box: Annotated[np.ndarray, Axes("channel", "k", 4, dtype="int32")]


class ExampleFacts(PartFacts, UnitField):
    """`pictures`: how many were looked at; `height`, `width`: of what the network sees."""

    pictures: int
    height: int
    width: int


class ShardFacts(ExampleFacts):
    """`seconds`: what the shard took."""

    seconds: float


class BestFacts(ExampleFacts):
    """`classes`: names of the data set's classes."""

    classes: list[str]


class Sheet(TypedDict):
    """`sheet`: a tile a channel, as shared.analyses.dataset_examples.numbers.Tiles makes them."""

    sheet: ColourPicture


class BestArrays(ExampleArrays):
    """`sheet_bands`: see shared.analyses.band_arrays; of smaller pieces."""

    sheet_bands: NotRequired[BandArray]


SHARD = PartType(Nothing, ExampleArrays, ShardFacts)
BEST = PartType(Sheet, BestArrays, BestFacts)
