"""The one part of `inspect_model`: the layer table, named by the model's title."""

from typing import NotRequired

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
    """

    path: str
    output_shape: str
    channels: int | None
    parameters: int
    receptive_field: float | None
    stride: float | None
    shows: list[str]


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


TABLE = PartType(Nothing, Nothing, ModelFacts)
