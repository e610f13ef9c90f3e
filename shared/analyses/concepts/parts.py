"""Parts of `concepts`: first the concept bank of the class, then a part a concept.

The pictures that were looked at are the class's own, drawn by chance, then as many of other classes. A concept's own
pictures are those in which it is stronger than its threshold.
"""

from typing import Annotated, NotRequired

import numpy as np
from typing_extensions import TypedDict

from shared.analyses.outputs import Ending
from shared.analyses.typed_parts import Axes, ColourPicture, Nothing, PartFacts, PartType, Picture

PerPicture = Annotated[np.ndarray, Axes("picture")]
PerConcept = Annotated[np.ndarray, Axes("concept")]
Share = float | None


class BankFacts(PartFacts):
    """What was asked, and of whom.

    Attributes:
        class_name: of the class.
        classes: names of all classes that both the data set and the network know.
        output, ending: name of the output, and how it ends.
        path: whole path of the layer.
        channels, height, width: of the layer's output for a picture.
        negative: share of the layer's values that are below zero; they take no part in the concepts.
        error: length of what the concepts leave unexplained of the crops' activations, as a share of these.
        crop: height and width of a crop, in pixels that the network sees.
        crops: how many there were.
        pictures, others: how many pictures of the class, and of other classes.
        accuracy: of all these pictures, each half counting the same.
        own_accuracy: of the class's.
    """

    class_name: str
    classes: list[str]
    output: str
    ending: Ending
    path: str
    channels: int
    height: int
    width: int
    negative: float
    error: float
    crop: list[int]
    crops: int
    pictures: int
    others: int
    accuracy: float
    own_accuracy: float


class BankArrays(TypedDict):
    """The bank, and what each picture has of it.

    Attributes:
        bank: direction of each concept, not negative, of length 1.
        importance: Sobol's total index for the class's logit.
        stability: mean cosine with the same concept of another fit; NaN with one fit.
        threshold: a picture has the concept where its presence is larger.
        presence: the largest coefficient of a concept in a picture.
        pictures: number of each picture in the data set.
        labels: its class, a place in `classes`.
        predicted: what the network says; the number of classes for any other answer.
        score: 1 where that is right, else 0.
    """

    bank: Annotated[np.ndarray, Axes("concept", "channel")]
    importance: PerConcept
    stability: PerConcept
    threshold: PerConcept
    presence: Annotated[np.ndarray, Axes("picture", "concept")]
    pictures: Annotated[np.ndarray, Axes("picture", dtype="int32")]
    labels: Annotated[np.ndarray, Axes("picture", dtype="int32")]
    predicted: Annotated[np.ndarray, Axes("picture", dtype="int32")]
    score: PerPicture


class ObservedFacts(TypedDict):
    """Accuracy as the pictures happen to be; None where there are too few.

    Attributes:
        with_it: accuracy where it says what is right: of the class's pictures that have it, and others that lack it.
        against: accuracy where it says what is wrong: of the class's pictures that lack it, and others that have it.
        against_pictures: how many these are.
    """

    with_it: Share
    against: Share
    against_pictures: int


class ConceptFacts(PartFacts, ObservedFacts):
    """One concept, as numbers. Shares of pictures and accuracies are in [0, 1]; None where there are too few pictures.

    Attributes:
        concept: its number in the bank.
        share, others_share: of the class's pictures that have it, and of other classes'.
        area: of a picture that it takes, where it is.
        middle: mean distance from the middle of the picture: 0 there, 1 at the border, 0.67 of what is anywhere.
        constancy: of its place, 0 anywhere alike, 1 always at one place.
        outside: share of its strength outside the class's masks; None where the data set has none.
        ablated_logit: mean change of the class's logit over its pictures without the direction.
        ablated_accuracy: the same of their accuracy.
        loses: share of the class's pictures with it that are lost when it is painted over.
        loses_else: share of the class's pictures without it that are lost when the same places are painted over.
        draws: share of other classes' pictures that are lost when it is put into them, at its own place.
        draws_else: the same with what pictures of the class without it have at that place.
        without: accuracy with the concept painted over wherever it is.
        exchanged: accuracy that would be, were it as frequent in the other classes as it is in this, and as rare here.
        drawn: names of the classes that most pictures are drawn from, and how many of each.
    """

    concept: int
    share: float
    others_share: float
    area: float
    middle: float
    constancy: float
    outside: Share
    ablated_logit: float
    ablated_accuracy: float
    loses: Share
    loses_else: Share
    draws: Share
    draws_else: Share
    without: Share
    exchanged: Share
    drawn: list[list[str | int]]


class ConceptPictures(TypedDict):
    """`crops`: the crops with most of it, best first, side by side. `places`: the pictures these are from, and where in
    them it stands, side by side. `image`: what gradient ascent along its direction makes."""

    crops: ColourPicture
    places: ColourPicture
    image: NotRequired[Picture]


class ConceptArrays(TypedDict):
    """`where`: how strong it is at each place, the mean over its pictures. `best`: numbers of the crops' pictures in
    the data set; `box`: top, left, bottom, right of each crop, in pixels that the network sees."""

    where: Annotated[np.ndarray, Axes("row", "column")]
    best: Annotated[np.ndarray, Axes("crop", dtype="int32")]
    box: Annotated[np.ndarray, Axes("crop", 4, dtype="int32")]


BANK = PartType(Nothing, BankArrays, BankFacts)
CONCEPT = PartType(ConceptPictures, ConceptArrays, ConceptFacts)
