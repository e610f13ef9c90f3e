"""What the network says of the picture: its likeliest classes, each a click away from its own heat map."""

from collections.abc import Mapping
from typing import Any

from dashboard.widgets.output_choice import assumed_words
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.predictions import number_words, share_words
from dashboard.widgets.shown_bands import seen_url
from dashboard.widgets.text import class_name, short
from shared.analyses.attribution.parts import PictureFacts
from shared.analyses.attribution.spec import MOST_CLASSES
from shared.analyses.heat_map_parts import ExplainedClass
from shared.analyses.outputs import WAYS
from shared.analyses.typed_parts import LikelyClass
from shared.images.masks import class_colour
from shared.library.images import SAMPLES
from shared.store import RunRecord

ENDINGS = {
    "softmax": "softmax: the shares add up to 100\u00a0%",
    "sigmoid": "sigmoid: every class by itself",
    "binary": "one sigmoid unit: yes or no",
    "linear": "no softmax: shares were worked out from the logits",
    "given": "probabilities as the network gives them",
    "number": "a number, no probability: choose what raises it or what lowers it",
}


def classes_data(run: RunRecord, image: str, index: int, facts: PictureFacts) -> dict[str, Any]:
    """What the browser needs, as JSON values: the likeliest classes, then those that are explained besides."""
    explained = {row["class"]: row for row in facts["classes"]}
    likely: list[LikelyClass | ExplainedClass] = [*facts["classes"], *facts["top"]]
    rows = {row["class"]: _row(row, facts, explained) for row in likely}
    if facts["ending"] == "number":
        rows = _both_ways(facts) | rows
    order = list(dict.fromkeys([*(row["class"] for row in facts["top"]), *rows]))
    output = facts.get("output")
    truth = facts.get("truth")
    return {
        "title": "What does it see?",
        "picture": {"url": seen_url(run.key, index, "picture"), "alt": picture_alt(image, facts)},
        "note": f"{facts['width']} × {facts['height']} px, as the network sees it",
        "rows": [rows[number] for number in order],
        "mask": seen_url(run.key, index, "mask") if facts.get("regions") else "",
        "width": facts["width"],
        "height": facts["height"],
        "chosen": list(explained),
        "most": MOST_CLASSES,
        "ending": " ".join(filter(None, (_ending_words(facts), assumed_words(output)))),
        "truth": _truth(truth, facts.get("wrong")) if truth else None,
        "saturation": facts.get("saturation") or "",
    }


def picture_alt(image: str, facts: PictureFacts) -> str:
    """What a screen reader says of the picture."""
    known = SAMPLES.get(image.removeprefix("sample/"), f"The picture {picture_title(image)}")
    return f"{known}, {facts['width']} × {facts['height']} pixels, as the network sees it"


def _row(
    row: LikelyClass | ExplainedClass, facts: PictureFacts, explained: Mapping[int, ExplainedClass]
) -> dict[str, Any]:
    number, probability = row["class"], row["probability"]
    mask = bool(facts.get("regions"))
    return {
        "class": number,
        "name": class_name(row),
        "share": share_words(probability, facts.get("numbers", ()), number),
        "probability": probability or 0,
        "tip": f"value {short(row['logit'])}" if probability is None else f"logit {short(row['logit'])}",
        "colour": "rgb({} {} {})".format(*class_colour(number)) if mask and number else "",
        "chosen": number in explained,
    }


def _both_ways(facts: PictureFacts) -> dict[int, dict[str, Any]]:
    """What raises and what lowers every number that the output gives."""
    numbers, known = facts.get("numbers", []), {row["class"] for row in facts["classes"]}
    return {
        way * len(numbers) + i: {
            "class": way * len(numbers) + i,
            "name": f"{one['name']} {word}".strip(),
            "share": number_words(one),
            "probability": 0,
            "tip": "a number",
            "colour": "",
            "chosen": way * len(numbers) + i in known,
        }
        for way, word in enumerate(WAYS)
        for i, one in enumerate(numbers)
    }


def _ending_words(facts: PictureFacts) -> str:
    if not facts.get("regions"):
        return ENDINGS.get(facts["ending"], "")
    places = [f"{class_name(row)}: {one['words']}" for row, one in zip(facts["classes"], facts["regions"], strict=True)]
    return f"Shares of the picture that each class takes. Explained over: {'; '.join(places)}."


def _truth(truth: ExplainedClass, wrong: bool | None) -> dict[str, Any]:
    return {"class": truth["class"], "name": class_name(truth), "wrong": wrong}
