"""What a network says of a picture, as rows for #web/predictions.js: classes with their shares, numbers with units."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.widgets.output_choice import assumed_words
from dashboard.widgets.text import percent, prediction, short
from shared.analyses.outputs import NumberRow, OutputPrediction
from shared.analyses.typed_parts import LikelyClass

SHOWN_CLASSES = 5


def predictions_of_outputs(facts: Mapping[str, Any]) -> Sequence[OutputPrediction]:
    """What every output says, of a part's facts; of an earlier release's the one that its `top` is of."""
    if "outputs" in facts:
        found: Sequence[OutputPrediction] = facts["outputs"]
        return found
    old: OutputPrediction = {
        "output": "", "ending": facts["ending"], "units": len(facts["top"]), "mask": [], "assumed": False, "names": [],
        "top": facts["top"], "numbers": [],
    }  # fmt: skip
    return [old] if facts["top"] else []


def class_rows(rows: Sequence[LikelyClass]) -> list[dict[str, Any]]:
    """The first of some classes."""
    return [prediction(row) for row in rows[:SHOWN_CLASSES]]


def number_rows_shown(rows: Sequence[NumberRow]) -> list[dict[str, Any]]:
    """Numbers; their bars are empty, for a number has no probability."""
    return [{"name": row["name"] or "number", "probability": 0, "share": number_words(row), "tip": "a number"}
            for row in rows]  # fmt: skip


def number_words(row: NumberRow) -> str:
    """A number with its unit: "34.2 years"."""
    return f"{short(row['value'])} {row['unit']}".strip()


def share_words(probability: float | None, numbers: Sequence[NumberRow] = (), number: int = 0) -> str:
    """How likely a class is; of one way of a number the number itself.

    Args:
        probability: of the class; None of a number.
        numbers: what the output gives.
        number: of the class: of n numbers i and i + n are the two ways of the number i.
    """
    if probability is not None:
        return percent(probability)
    return number_words(numbers[number % len(numbers)]) if numbers else "a number"


def prediction_groups(answers: Sequence[OutputPrediction]) -> list[dict[str, Any]]:
    """A group an output: its title, its rows, and what was guessed of it."""
    return [
        {
            "title": f"Predictions: {one['output']}" if len(answers) > 1 else "Predictions",
            "note": assumed_words(one) or ("Shares of the picture." if one["mask"] and one["top"] else ""),
            "rows": class_rows(one["top"]) or number_rows_shown(one["numbers"]),
        }
        for one in answers
    ]
