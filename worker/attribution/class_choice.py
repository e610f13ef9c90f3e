"""Which classes of a model are explained, and what is said of each."""

from collections.abc import Sequence

import numpy as np

from shared.analyses.heat_map_parts import ExplainedClass
from shared.analyses.outputs import WAYS, NumberRow, number_rows
from shared.analyses.typed_parts import LikelyClass
from shared.class_names import class_named
from shared.errors import InvalidSpec, message
from worker.attribution.explained import ExplainedModel
from worker.attribution.passes import ForwardResult
from worker.attribution.region import Region
from worker.networks.head_values import area_rows, likeliest

ClassRef = int | str
UNKNOWN_TRUTH = "?"
# Above this probability the softmax's own gradient is a thousandth of the logit's, or less.
SATURATED = 0.999


def class_names(explained: ExplainedModel) -> tuple[str, ...]:
    """Names of the classes, "" where unknown; see Head.names."""
    return explained.head.names


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
    if explained.ending == "number" and wanted.lower() in WAYS:
        return WAYS.index(wanted.lower()) * explained.head.units
    if not any(names):
        raise InvalidSpec(
            message(f"`classes` by number, for {explained.model.title} comes without names", wanted,
                    f"Choose 0 to {explained.count - 1}, or add the model with its class names (in a "
                    "terminal: `convscope models add --labels`).")
        )  # fmt: skip
    return class_named(wanted, names)


def wanted_numbers(
    explained: ExplainedModel, classes: Sequence[ClassRef], top: int = 1, truth: ClassRef | None = None
) -> list[int]:
    """Numbers as CompiledPasses.forward() takes them: negative ones are ranks.

    Args:
        explained: the model.
        classes: chosen ones; none means the likeliest and the truth; of numbers what raises the first ones.
        top: how many of the likeliest.
        truth: what the picture shows; None or "?" where unknown.
    """
    if classes:
        return list(dict.fromkeys(class_number(explained, one) for one in classes))
    if explained.ending == "number":
        return list(range(min(top, explained.head.units)))
    known = [] if truth in (None, UNKNOWN_TRUTH) else [class_number(explained, truth)]
    return [*(-rank for rank in range(1, min(top, explained.count) + 1)), *known]


def class_row(
    explained: ExplainedModel, result: ForwardResult, number: int, region: Region | None = None
) -> ExplainedClass:
    """What is said of one class; `region`: over which positions of a mask it is explained."""
    return {
        "class": number,
        "name": class_names(explained)[number],
        "logit": float(result.logits[number]),
        "probability": None if explained.ending == "number" else float(result.probabilities[number]),
        "rank": int(result.ranks[number]),
        "explained": explained_words(explained, number, region.facts[number]["words"] if region else ""),
    }


def explained_words(explained: ExplainedModel, number: int, over: str = "") -> str:
    """What the gradient is taken of; `over`: the positions of a mask in words, "" for all."""
    head, name = explained.head, class_names(explained)[number]
    where = _where(explained)
    if head.mask:
        where = f"{where}, mean over {over or 'the whole picture'}"
    if head.ending == "number":
        way, called = WAYS[number // head.units], head.number_names[number % head.units]
        sign = "" if way == "higher" else ", negated"
        return f"number{f' {called}' if called else ''}, {way}: its value{sign}, {where}"
    called = f"class {number} ({name})" if name else f"class {number}"
    if head.ending == "given":
        return f"probability of {called}, {where}"
    if head.ending != "binary":
        return f"logit of {called}, {where}"
    which = "negated logit" if number == 0 else "logit"
    single = f"{which} of the model's only unit, for {called}"
    return single if where == "before its sigmoid" else f"{single}, {where}"


def _where(explained: ExplainedModel) -> str:
    """Where on the way to the output the explained values are read."""
    reading = explained.head.reading
    members = len(reading.points) if reading.join == "mean" else 1
    if members > 1:
        return f"mean of {members} networks, each before its {reading.squash}"
    if reading.squash in ("", "linear"):
        return "as the model gives it"
    article = "the" if "softmax" in reading.squash else "its"
    return f"before {article} {reading.squash.replace('_', ' ')}"


def top_rows(explained: ExplainedModel, result: ForwardResult, region: Region | None = None) -> list[LikelyClass]:
    """The likeliest classes, first one first; [] of numbers, which have no probability; of a mask see area_rows()."""
    if explained.ending == "number":
        return []
    if region:
        return area_rows(explained.head, result.logits, region.shares)
    return likeliest(class_names(explained), result.logits, result.probabilities)


def truth_row(explained: ExplainedModel, result: ForwardResult, truth: ClassRef | None) -> ExplainedClass | None:
    """What a picture shows; None where that is not known."""
    if truth is None or truth == UNKNOWN_TRUTH or explained.ending == "number":
        return None
    return class_row(explained, result, class_number(explained, truth))


def saturation(explained: ExplainedModel, result: ForwardResult) -> str | None:
    """A sentence where the likeliest class leaves its softmax or sigmoid no gradient, else None."""
    if explained.ending not in ("softmax", "sigmoid", "binary") or explained.head.mask:
        return None
    best = int(np.argmax(result.probabilities))
    probability = float(result.probabilities[best])
    if probability <= SATURATED:
        return None
    squeeze = "softmax" if explained.ending == "softmax" else "sigmoid"
    return (
        f"The {squeeze} is saturated: class {best} has a probability of {probability:.6f}, so the probability's own "
        "gradient nearly vanishes. The maps explain the logits, which it does not touch."
    )


def predicted_numbers(explained: ExplainedModel, result: ForwardResult) -> list[NumberRow]:
    """The numbers that the output gives; [] of classes."""
    if explained.ending != "number":
        return []
    return number_rows(explained.head.number_names, result.probabilities[: explained.head.units].tolist())
