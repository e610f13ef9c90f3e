"""The one part of `inspect_model`: the layer table, named by the model's title."""

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic reads no other below Python 3.12

from shared.analyses.outputs import OutputFacts
from shared.analyses.typed_parts import Nothing, OfType, PartFacts, PartType


class LayerRow(OfType):
    """A layer.

    Attributes:
        path: with "/" between nested names; `class`: its Keras class.
        output_shape: in words ("224 × 224 × 64").
        channels: size of the last axis; None where unknown.
        parameters: how many.
        receptive_field, stride: in pixels of the picture; None of a layer without maps. A receptive field of None of
            one with maps is the whole picture.
        shows: kinds of analyses that the layer can serve.
        inputs: paths of the layers that feed it, "" for the picture; operations without a layer ("+") are passed
            through. Not of a network inside this one, whose layers have them, nor of a layer inside somebody's own
            layer, which only its code knows.
    """

    path: str
    output_shape: str
    channels: int | None
    parameters: int
    receptive_field: float | None
    stride: float | None
    shows: list[str]
    inputs: NotRequired[list[str]]


class Prediction(TypedDict):
    """A likely class: its number, its name ("" where unknown), its probability."""

    output: int
    name: str
    probability: float


class WayIn(TypedDict):
    """One way in which pictures may go in, and what the network then says of the picture, likeliest class first."""

    preprocess: str
    top: list[Prediction]


class Proof(TypedDict):
    """A file's network shown the same picture here and in plain Keras.

    Attributes:
        difference: the largest between two outputs, over the largest output where that is above one.
        allowed: what rounding may make of it.
        declared: number type that the file asks for.
    """

    difference: float
    allowed: float
    declared: str


class ModelFacts(PartFacts):
    """A model and its layers, in the order in which a picture meets them.

    Attributes:
        title: what it is called.
        weights: where they are from ("imagenet", "random", "file").
        input, outputs: shapes in words.
        parameters: of the whole network.
        preprocess: how its input is scaled.
        classes: names; [] where unknown.
        upgraded_from: the older Keras that wrote the file; "" for today's.
        heads: the outputs that answer something.
        inputs: how many, where there are several, which all see the same picture.
        assumed: whether `preprocess` is only the likeliest way.
        proof: of a file's network.
        own: layers of somebody's own code, also inside one another: "Residual of pond".
        ways: of a file's network that ends in classes; the way it is used first.
    """

    title: str
    weights: str
    input: str
    outputs: str
    parameters: int
    preprocess: str
    classes: list[str]
    upgraded_from: str
    layers: list[LayerRow]
    heads: NotRequired[list[OutputFacts]]
    inputs: NotRequired[int]
    assumed: NotRequired[bool]
    proof: NotRequired[Proof]
    own: NotRequired[list[str]]
    ways: NotRequired[list[WayIn]]


TABLE = PartType(Nothing, Nothing, ModelFacts)
