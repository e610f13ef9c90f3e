"""`evaluate_model`: how often a network names the right class over a split of a data set, and where it errs."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.analyses.base import DatasetRef, JobSpec, ModelRef, Precision, Queue

# Pictures a part: what a killed run makes again at most.
SHARD = 256


class EvaluateModel(JobSpec):
    """Show every picture of a split to a network and keep what it answers.

    Pictures of the split, in the data set's own order, in parts of SHARD; the last one may have fewer. Where the
    network knows some of the classes only, pictures of the others are left out.

    **A part** (`name`: "pictures 1–256", places in the split).
    Arrays, a row a picture:
        `probabilities` float32 (picture, class): of the compared classes, as the network's softmax or sigmoid gives
            them; where the network has more answers than these, they do not add up to 1;
        `labels` int32 (picture): the true class's place in `classes`;
        `predicted` int32 (picture): place in `classes` of the network's likeliest answer; the number of classes where
            that answer is none of them;
        `answers` int32 (picture): number of that answer in the network's head;
        `confidence` float32 (picture): its probability;
        `pictures` int32 (picture): number in the data set.
    Facts:
        `classes`: names of the compared classes, in the data set's order;
        `columns`: the network's answer for each of them, by number;
        `called`: what the network calls them; [] where its answers have no names;
        `others`: whether the network has answers besides;
        `matched`: "name" or "order", how answers and classes were paired;
        `left_out`: classes of the data set that the network does not know;
        `named`: {answer: name} of answers in this part that are none of the classes;
        `ending`: "softmax", "sigmoid" (several independent classes), "binary" (one sigmoid unit: its probability is
            that of class 1) or "linear" (taken for logits of a softmax);
        `height`, `width`: of the pictures as the network saw them, in pixels.

    The run's facts hold `model`, `weights`, `precision`, `timings`, and `metrics` as
    shared.analyses.evaluate_model.numbers.metrics() makes them, of all parts together.
    """

    kind: ClassVar[str] = "evaluate_model"
    version: ClassVar[int] = 2
    queue: ClassVar[Queue] = "batch"

    model: ModelRef
    dataset: DatasetRef
    split: Annotated[Literal["train", "validation", "test"], Field(description="Which split of the data set.")] = "test"
    size: Annotated[
        int, Field(ge=0, le=1024, description="Height and width of the pictures, in pixels; 0 means the network's own.")
    ] = 0
    resize: Annotated[
        Literal["crop", "fit"],
        Field(description="How a picture meets the network's size. crop: its middle, as in training; fit: all of it, "
              "squeezed."),
    ] = "crop"  # fmt: skip
    batch: Annotated[int, Field(ge=1, le=512, description="Pictures at once; fewer take less memory.")] = 32
    precision: Annotated[
        Precision, Field(description="Number format; float32 gives the same answers on every machine.")
    ] = "float32"
