"""What two networks say of the picture, output by output: classes, numbers, masks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from shared.analyses.compare_models.parts import AnswerArrays, AnswerFacts
from shared.analyses.compare_models.spec import SIDES, CompareModels, Side
from shared.analyses.outputs import OutputPrediction
from worker.analyses.context import RunContext
from worker.networks.forward_pass import ForwardPass
from worker.networks.head_values import output_prediction
from worker.networks.heads import head_named, model_heads
from worker.networks.masks import predicted_mask
from worker.networks.models import LoadedModel


@dataclass(frozen=True)
class Answers:
    """What one network says of the picture in its own size.

    Attributes:
        outputs: a row an output that can be explained.
        logits: float32 (class), of the first output of classes that is no mask; None without one.
        mask: int32 (height, width), the class of each position of the first mask of classes; None without one.
    """

    outputs: list[OutputPrediction]
    logits: np.ndarray | None
    mask: np.ndarray | None


def answers_of(model: LoadedModel, context: RunContext, spec: CompareModels) -> Answers:
    """Show a network the picture.

    Raises:
        InvalidSpec: it has no output of the name that the spec asks for.
    """
    known = model_heads(model)
    heads = [head_named(model, known, spec.model_output)] if spec.model_output else [h for h in known if h.ending]
    if not heads:
        return Answers([], None, None)
    picture = context.model_picture(spec.image, model)
    said = ForwardPass(model, {}, heads).run(picture).outputs
    rows = [output_prediction(head, *one) for head, one in zip(heads, said, strict=True)]
    classes = [i for i, head in enumerate(heads) if head.ending != "number"]
    flat = next((i for i in classes if not heads[i].mask), None)
    masked = next((i for i in classes if heads[i].mask), None)
    return Answers(rows, None if flat is None else said[flat][0],
                   None if masked is None else predicted_mask(heads[masked], said[masked][1]))  # fmt: skip


def answer_arrays(answers: Mapping[Side, Answers]) -> AnswerArrays:
    """Logits and masks of both sides, as the table's part holds them."""
    found = {f"logits_{side}": answers[side].logits for side in SIDES}
    found |= {f"mask_{side}": answers[side].mask for side in SIDES}
    return cast(AnswerArrays, {name: values for name, values in found.items() if values is not None})


def answer_facts(answers: Mapping[Side, Answers]) -> AnswerFacts:
    """The facts of the table's part that say what both networks answer."""
    facts: dict[str, Any] = {f"outputs_{side}": answers[side].outputs for side in SIDES}
    for side in SIDES:
        classes = [row["top"] for row in answers[side].outputs if row["top"] and not row["mask"]]
        facts[f"top_{side}"] = classes[0] if classes else None
    before, after = (answers[side].mask for side in SIDES)
    if before is not None and after is not None and before.shape == after.shape:
        facts["same_mask"] = float((before == after).mean())
    return cast(AnswerFacts, facts)
