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


ANSWERS = PartType(Nothing, AnswerArrays, AnswerFacts)
