"""`class_maximization`: for a class of a model's head, the picture that its logit is largest for."""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from shared.analyses.ascent_modes import DEFAULT_MODE, MODE_DEFAULTS, AscentSpec, own_or_8
from shared.analyses.base import OutputName, Queue
from shared.analyses.heat_map_methods import Classes

MOST_CLASSES = 16


Way = Literal["naive", "regularised"]


class ClassMaximization(AscentSpec):
    """Gradient ascent on the logit of each class, the honest naive run beside the regularised one.

    Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks", 2013; Chollet, "How convolutional neural
    networks see the world", 2016. What comes back, part by part, is in shared.analyses.class_maximization.parts.
    """

    kind: ClassVar[str] = "class_maximization"
    version: ClassVar[int] = 2
    queue: ClassVar[Queue] = "batch"
    shared_by: ClassVar[int] = 8
    # With a tile's steps, long as they are, a class's picture ends in black and white.
    longer: ClassVar[int] = 3
    shorter: ClassVar[int] = 2
    newer: ClassVar[frozenset[str]] = frozenset({"model_output", "region"})

    model_output: OutputName = ""
    region: Annotated[
        Literal["whole", "centre"],
        Field(description="Of a mask, where its logit is maximized: the mean over all positions, or over the middle."),
    ] = "whole"
    classes: Annotated[
        Classes,
        Field(min_length=1, max_length=MOST_CLASSES, description="Which classes, by number or name: 65,magpie."),
    ]
    size: Annotated[
        int,
        AfterValidator(own_or_8),
        Field(ge=0, le=1024, description="Height and width of a picture, in pixels; 0 means the model's own."),
    ] = 0
    steps: Annotated[
        int, Field(ge=1, le=4096, description="Gradient ascent steps a picture; three times those of a tile.")
    ] = 3 * MODE_DEFAULTS[DEFAULT_MODE].steps
    step_size: Annotated[
        float,
        Field(gt=0, le=1, description="Length of a step of the regularised run; half of a tile's."),
    ] = MODE_DEFAULTS[DEFAULT_MODE].step_size / 2
    naive: Annotated[
        bool, Field(description="Maximize each class the naive way too: pixels alone, nothing that asks for a picture.")
    ] = True
    tries: Annotated[int, Field(ge=1, le=8, description="Starts of the regularised run; the best one is shown.")] = 1
    total_variation: Annotated[
        float,
        Field(
            ge=0,
            le=1000,
            description="Weight of the mean difference of neighbouring pixels, taken from the logit, for a picture of "
            "224 pixels; smaller ones take less in proportion.",
        ),
    ] = 60.0
    l2: Annotated[
        float, Field(ge=0, le=1000, description="Weight of the mean squared distance from grey, taken from the logit.")
    ] = 0.0

    @property
    def most_workers(self) -> int:
        """One a class at most."""
        return min(self.shared_by, len(self.classes))

    @property
    def ways(self) -> tuple[Way, ...]:
        """The runs of each class, in the order of their parts."""
        return ("naive", "regularised") if self.naive else ("regularised",)


def class_parts(spec: ClassMaximization) -> list[tuple[int, Way]]:
    """Place in `classes` and way of every part, in order of their numbers."""
    return [(place, way) for place in range(len(spec.classes)) for way in spec.ways]


# The naive run optimizes pixels, whatever the other one does.
NAIVE_STEP = MODE_DEFAULTS["classic"].step_size
