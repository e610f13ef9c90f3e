"""Parts of `evaluate_model`: SHARD pictures each, called by their places in the split ("pictures 1–256").

The run's facts hold `model`, `weights`, `precision`, `timings`, and `metrics` as
shared.analyses.evaluate_model.numbers.metrics() makes them, of all parts together.
"""

from typing import Annotated, Literal

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.typed_parts import Axes, Nothing, PartFacts, PartType

Numbers = Annotated[np.ndarray, Axes("picture", dtype="int32")]


class AnswerArrays(TypedDict):
    """A row a picture.

    Attributes:
        probabilities: of the compared classes, as the network's softmax or sigmoid gives them; where the network has
            more answers than these, they do not add up to 1.
        labels: the true class's place in `classes`.
        predicted: place in `classes` of the network's likeliest answer; the number of classes where that is none of
            them.
        answers: number of that answer in the network's head.
        confidence: its probability.
        pictures: number in the data set.
    """

    probabilities: Annotated[np.ndarray, Axes("picture", "class")]
    labels: Numbers
    predicted: Numbers
    answers: Numbers
    confidence: Annotated[np.ndarray, Axes("picture")]
    pictures: Numbers


class HeadFacts(TypedDict):
    """How answers and classes were paired; the same in all parts.

    Attributes:
        classes: names of the compared classes, in the data set's order.
        columns: the network's answer for each of them, by number.
        called: what the network calls them; [] where its answers have no names.
        others: whether the network has answers besides.
        matched: how they were paired.
        left_out: classes of the data set that the network does not know.
        ending: "softmax", "sigmoid" (several independent classes), "binary" (one sigmoid unit: its probability is that
            of class 1) or "linear" (taken for logits of a softmax).
        height, width: of the pictures as the network saw them, in pixels.
    """

    classes: list[str]
    columns: list[int]
    called: list[str]
    others: bool
    matched: Literal["name", "order"]
    left_out: list[str]
    ending: str
    height: int
    width: int


class AnswerFacts(PartFacts, HeadFacts):
    """`named`: number to name of answers in this part that are none of the classes."""

    named: dict[str, str]


class NumberArrays(TypedDict):
    """A row a picture: what is true, what the network says, and the picture's number in the data set."""

    true: Annotated[np.ndarray, Axes("picture", "number")]
    predicted: Annotated[np.ndarray, Axes("picture", "number")]
    pictures: Numbers


class NumberFacts(PartFacts):
    """`names`: of the numbers, with their units; `height`, `width`: of the pictures as the network saw them."""

    names: list[str]
    height: int
    width: int


class MaskArrays(TypedDict):
    """Of all pictures of a part.

    Attributes:
        cells: pixels of each true class that were taken for each; a last column where no class was predicted.
        iou: of each picture and class; NaN where neither mask has the class.
        pictures: number in the data set.
    """

    cells: Annotated[np.ndarray, Axes("true class", "predicted class", dtype="int64")]
    iou: Annotated[np.ndarray, Axes("picture", "class")]
    pictures: Numbers


class MaskFacts(PartFacts):
    """`classes`: their names; `height`, `width`: of the masks that were compared."""

    classes: list[str]
    height: int
    width: int


ANSWERS = PartType(Nothing, AnswerArrays, AnswerFacts)
# Of a data set of numbers, and of one of masks.
NUMBERS = PartType(Nothing, NumberArrays, NumberFacts)
MASKS = PartType(Nothing, MaskArrays, MaskFacts)
