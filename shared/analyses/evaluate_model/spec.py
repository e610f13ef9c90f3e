"""`evaluate_model`: how often a network names the right class over a split of a data set, and where it errs."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from shared.analyses.base import DatasetRef, JobSpec, ModelRef, OutputName, Precision, Queue
from shared.analyses.resize_fields import Resize

# Pictures a part: what a killed run makes again at most.
SHARD = 256


class EvaluateModel(JobSpec):
    """Show every picture of a split to a network and keep what it answers.

    Pictures of the split, in the data set's own order, in parts of SHARD; the last one may have fewer. Where the
    network knows some of the classes only, pictures of the others are left out.

    What comes back, part by part, is in shared.analyses.evaluate_model.parts.
    """

    kind: ClassVar[str] = "evaluate_model"
    version: ClassVar[int] = 3
    queue: ClassVar[Queue] = "batch"
    shared_by: ClassVar[int] = 8
    newer: ClassVar[frozenset[str]] = frozenset({"model_output"})

    model: ModelRef
    model_output: OutputName = ""
    dataset: DatasetRef
    split: Annotated[Literal["train", "validation", "test"], Field(description="Which split of the data set.")] = "test"
    size: Annotated[
        int, Field(ge=0, le=1024, description="Height and width of the pictures, in pixels; 0 means the network's own.")
    ] = 0
    resize: Resize = "auto"
    batch: Annotated[int, Field(ge=1, le=512, description="Pictures at once; fewer take less memory.")] = 32
    precision: Annotated[
        Precision, Field(description="Number format; float32 gives the same predictions on every machine.")
    ] = "float32"
