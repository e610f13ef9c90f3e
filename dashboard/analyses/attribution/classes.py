"""What the network says of the picture: its likeliest classes, each a click away from its own heat map."""

from typing import Any

from dashboard.server.addresses import part_url
from dashboard.widgets.picture_choice import picture_title
from dashboard.widgets.text import class_name, percent, short
from shared.analyses.attribution.parts import PictureFacts
from shared.analyses.attribution.spec import MOST_CLASSES
from shared.analyses.heat_map_parts import ExplainedClass
from shared.analyses.typed_parts import LikelyClass
from shared.library.images import SAMPLES
from shared.store import RunRecord

ENDINGS = {
    "softmax": "softmax: the shares add up to 100\u00a0%",
    "sigmoid": "sigmoid: every class by itself",
    "binary": "one sigmoid unit: yes or no",
    "linear": "no softmax: shares were worked out from the logits",
}


def classes_data(run: RunRecord, image: str, index: int, facts: PictureFacts) -> dict[str, Any]:
    """What the browser needs, as JSON values: the likeliest classes, then those that are explained besides."""
    explained = {row["class"]: row for row in facts["classes"]}
    likely: list[LikelyClass] = [*facts["top"], *facts["classes"]]
    rows = list({row["class"]: row for row in likely}.values())
    truth = facts.get("truth")
    return {
        "title": "What does it see?",
        "picture": {"url": part_url(run.key, index, "picture"), "alt": picture_alt(image, facts)},
        "note": f"{facts['width']} × {facts['height']} px, as the network sees it",
        "rows": [_row(row, row["class"] in explained) for row in rows],
        "chosen": list(explained),
        "most": MOST_CLASSES,
        "ending": ENDINGS.get(facts["ending"], ""),
        "truth": _truth(truth, facts.get("wrong")) if truth else None,
        "saturation": facts.get("saturation") or "",
    }


def picture_alt(image: str, facts: PictureFacts) -> str:
    """What a screen reader says of the picture."""
    known = SAMPLES.get(image.removeprefix("sample/"), f"The picture {picture_title(image)}")
    return f"{known}, {facts['width']} × {facts['height']} pixels, as the network sees it"


def _row(row: LikelyClass, chosen: bool) -> dict[str, Any]:
    return {
        "class": row["class"],
        "name": class_name(row),
        "share": percent(row["probability"]),
        "probability": row["probability"],
        "logit": short(row["logit"]),
        "chosen": chosen,
    }


def _truth(truth: ExplainedClass, wrong: bool | None) -> dict[str, Any]:
    return {"class": truth["class"], "name": class_name(truth), "wrong": wrong}
