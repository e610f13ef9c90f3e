"""Which classes of a model are explained, and what is said of each."""

from collections.abc import Sequence

import numpy as np

from shared.analyses.heat_map_parts import ExplainedClass
from shared.analyses.typed_parts import LikelyClass
from shared.class_names import class_named, names_of_two
from shared.errors import InvalidSpec, message
from worker.attribution.explained import ExplainedModel
from worker.attribution.passes import ForwardResult
from worker.networks.logits import likeliest

ClassRef = int | str
UNKNOWN_TRUTH = "?"
# Above this probability the softmax's own gradient is a thousandth of the logit's, or less.
SATURATED = 0.999
ENDINGS = {"softmax": "before the softmax", "sigmoid": "before its sigmoid", "linear": "as the model gives it"}


def class_names(explained: ExplainedModel) -> tuple[str, ...]:
    """Names of the classes, "" where unknown; of one unit, the second class has its name."""
    labels = explained.model.labels
    labels = names_of_two(labels) if explained.ending == "binary" else labels
    return tuple(labels[i] if i < len(labels) else "" for i in range(explained.count))


def class_number(explained: ExplainedModel, wanted: ClassRef) -> int:
    """The number of a class that is given by number or name; for a name see class_named().

    Raises:
        InvalidSpec: the head has no such class; the nearest names are offered.
    """
    if isinstance(wanted, int):
        if wanted < explained.count:
            return wanted
        raise InvalidSpec(
            message(f"`classes` below {explained.count}, the number of classes of {explained.model.title}", wanted,
                    "Change `classes`.")
        )  # fmt: skip
    names = class_names(explained)
    if not any(names):
        raise InvalidSpec(
            message(f"`classes` by number, for {explained.model.title} comes without names", wanted,
                    f"Choose 0 to {explained.count - 1}, or name them with `convscope models add --labels`.")
        )  # fmt: skip
    return class_named(wanted, names)


def wanted_numbers(
    explained: ExplainedModel, classes: Sequence[ClassRef], top: int = 1, truth: ClassRef | None = None
) -> list[int]:
    """Numbers as CompiledPasses.forward() takes them: negative ones are ranks.

    Args:
        explained: the model.
        classes: chosen ones; none means the likeliest and the truth.
        top: how many of the likeliest.
        truth: what the picture shows; None or "?" where unknown.
    """
    if classes:
        return list(dict.fromkeys(class_number(explained, one) for one in classes))
    known = [] if truth in (None, UNKNOWN_TRUTH) else [class_number(explained, truth)]
    return [*(-rank for rank in range(1, min(top, explained.count) + 1)), *known]


def class_row(explained: ExplainedModel, result: ForwardResult, number: int) -> ExplainedClass:
    """What is said of one class."""
    return {
        "class": number,
        "name": class_names(explained)[number],
        "logit": float(result.logits[number]),
        "probability": float(result.probabilities[number]),
        "rank": int((result.logits > result.logits[number]).sum()) + 1,
        "explained": explained_words(explained, number),
    }


def explained_words(explained: ExplainedModel, number: int) -> str:
    """What the gradient is taken of."""
    name = class_names(explained)[number]
    called = f"class {number} ({name})" if name else f"class {number}"
    if explained.ending != "binary":
        return f"logit of {called}, {ENDINGS[explained.ending]}"
    which = "negated logit" if number == 0 else "logit"
    return f"{which} of the model's only unit, for {called}"


def top_rows(explained: ExplainedModel, result: ForwardResult) -> list[LikelyClass]:
    """The likeliest classes, first one first."""
    return likeliest(class_names(explained), result.logits, result.probabilities)


def truth_row(explained: ExplainedModel, result: ForwardResult, truth: ClassRef | None) -> ExplainedClass | None:
    """What a picture shows; None where that is not known."""
    if truth is None or truth == UNKNOWN_TRUTH:
        return None
    return class_row(explained, result, class_number(explained, truth))


def saturation(explained: ExplainedModel, result: ForwardResult) -> str | None:
    """A sentence where the likeliest class leaves its softmax or sigmoid no gradient, else None."""
    best = int(np.argmax(result.logits))
    probability = float(result.probabilities[best])
    if explained.ending == "linear" or probability <= SATURATED:
        return None
    squeeze = "softmax" if explained.ending == "softmax" else "sigmoid"
    return (
        f"The {squeeze} is saturated: class {best} has a probability of {probability:.6f}, so the probability's own "
        "gradient nearly vanishes. The maps explain the logits, which it does not touch."
    )
