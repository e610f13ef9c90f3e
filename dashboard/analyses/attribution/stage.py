"""The heat maps of one picture side by side, and what is to be known of each: coloured in the browser."""

from collections.abc import Sequence
from typing import Any

from dashboard.analyses.attribution.classes import picture_alt
from dashboard.analyses.attribution.heat_bands import band_rows, band_urls, chosen_band, of_band
from dashboard.server.parts import facts_of
from dashboard.widgets.heat_map_colouring import ALL, Colouring, colouring_data, heat_url, reach_share
from dashboard.widgets.predictions import share_words
from dashboard.widgets.shown_bands import seen_url
from dashboard.widgets.text import class_name, duration, percent, short
from shared.analyses.attribution.parts import METHOD, PICTURE, ClassMap, MethodFacts, PictureFacts
from shared.analyses.attribution.spec import Attribution, attribution_parts
from shared.analyses.heat_map_methods import METHODS, MethodName
from shared.analyses.heat_map_parts import ExplainedClass
from shared.store import RunRecord

# Of the largest value of the maps beside it: below this a map is faint.
FAINT = 0.1
QUESTIONS = ("Why does the network think so?", "And where is it?")


def request_of(run: RunRecord) -> Attribution:
    """What a run was asked for.

    Raises:
        InvalidSpec: its record is of another release.
    """
    return Attribution.from_fields(dict(run.fields))


def part_of(spec: Attribution, picture: int, method: str = "") -> int:
    """Number of the part of a picture, or of a method's maps of it."""
    return attribution_parts(spec).index((picture, method))


def stage_data(run: RunRecord, spec: Attribution, picture: int, colouring: Colouring) -> dict[str, Any]:
    """What the browser needs, as JSON values: one row a method that is shown, in it one map a class."""
    index = part_of(spec, picture)
    first = PICTURE.read(facts_of(run, index))
    shown = [m for m in spec.methods if colouring.show in (ALL, m)]
    return {
        "questions": QUESTIONS,
        "picture": {
            "url": seen_url(run.key, index, "picture"),
            "height": first["height"],
            "width": first["width"],
            "alt": picture_alt(spec.pictures[picture], first),
        },
        "colouring": colouring_data(colouring),
        "rows": [_row(run, part_of(spec, picture, method), method, first) for method in shown],
    }


def _row(run: RunRecord, index: int, method: MethodName, first: PictureFacts) -> dict[str, Any]:
    """One method: addresses of its values, and a map a class; no maps while they are on their way."""
    facts, about = METHOD.read(facts_of(run, index)), METHODS[method]
    band = chosen_band(facts)
    highest = max((one["raw_max"] for one in facts["maps"]), default=0.0) if facts else 0.0
    row: dict[str, Any] = {"method": method, "title": about.title, "warning": about.warning, "maps": []}
    if not facts:
        return row
    return row | {
        "signed": facts["signed"],
        "height": facts["height"],
        "width": facts["width"],
        "grid": facts.get("grid"),
        "reach_share": reach_share(facts["place"]),
        "urls": band_urls(run, index, facts, band)
        if band
        else {name: heat_url(run, index, name) for name in ("maps", "signed") if name in facts["arrays"]},
        "maps": [
            _map(facts, one, known, first, highest) | (of_band(run, index, facts, band, place) if band else {})
            for place, (one, known) in enumerate(zip(facts["maps"], first["classes"], strict=True))
        ],
    }


def _map(
    facts: MethodFacts, one: ClassMap, known: ExplainedClass, first: PictureFacts, highest: float
) -> dict[str, Any]:
    """One map; the strongest region of one that is faint beside the others is noise, and is not framed."""
    faint = bool(one["box"]) and one["raw_max"] < FAINT * highest
    low, high = one["raw_min"], one["raw_max"]
    return {
        "at": f"{facts['method']}/{one['class']}",
        "class": one["class"],
        "name": class_name(one),
        "share": share_words(known["probability"], first.get("numbers", ()), known["class"]),
        "positive": one["positive_evidence"],
        "maximum": short(high),
        "limits": {"maps": [low, high], "signed": [one["signed_min"], one["signed_max"]]},
        "box": None if faint else one["box"],
        "where": faint_words(one, highest) if faint else where_words(one, first),
        "facts": map_facts(facts, one, known, first),
        "shows": facts["shows"],
        "warning": facts["warning"],
        "nothing": nothing_words(facts),
        "saturation": first.get("saturation") or "",
    }


def nothing_words(facts: MethodFacts) -> str:
    """What is said in place of a blank map."""
    return f"No positive evidence {'at this layer' if facts['place'] == 'layer' else 'in this map'}"


def faint_words(one: ClassMap, highest: float) -> str:
    """What is said in place of the strongest region of a map that is faint."""
    return f"Faint: its largest value is {percent(max(0.0, one['raw_max']) / highest)} of the largest beside it."


def where_words(one: ClassMap, first: PictureFacts) -> str:
    """The box around the strongest region, in words."""
    box = one["box"]
    if not box:
        return "Nothing in this map is above zero, so no region is the strongest."
    return (
        f"Strongest region: {box['width']} × {box['height']} px, {percent(one['box_share'] or 0)} of the picture, "
        f"{box['left']} px from the left and {box['top']} px from the top."
    )


def map_facts(facts: MethodFacts, one: ClassMap, known: ExplainedClass, first: PictureFacts) -> list[list[str]]:
    """Beside every map: which logit, which layer, which step counts, how large the numbers are."""
    rows = [["Explained", explanation(facts, known)], ["Layer", layer_words(facts)]]
    if facts["parameters"]:
        rows.append(["Set to", ", ".join(f"{n.replace('_', ' ')} {v}" for n, v in facts["parameters"].items())])
    rows += [
        ["Largest value", short(one["raw_max"])],
        ["Smallest value", _smallest(facts, one)],
        *_said(known, first),
        *band_rows(one),
    ]
    if one.get("difference") is not None:
        rows.append(["Sum, expected", f"{short(one['sum'])}, {short(one['difference'])}"])
    return [*rows, ["Took", duration(facts["seconds"])], ["Source", facts["source"]]]


def _said(known: ExplainedClass, first: PictureFacts) -> list[list[str]]:
    words = share_words(known["probability"], first.get("numbers", ()), known["class"])
    if known["probability"] is None:
        return [["The number", words]]
    return [["Logit, probability", f"{short(known['logit'])}, {words}"], ["Rank", str(known["rank"])]]


def _smallest(facts: MethodFacts, one: ClassMap) -> str:
    if facts["signed"] or "signed" not in facts["arrays"]:
        return short(one["raw_min"])
    return f"{short(one['raw_min'])} ({short(one['signed_min'])} before its positive part)"


def explanation(facts: MethodFacts, known: ExplainedClass) -> str:
    """What the map is of, in words."""
    if facts["of"] == "logit":
        return known["explained"]
    if facts["of"] == "probability":
        return "the number itself" if known["probability"] is None else f"probability of {class_name(known)}"
    return "the layer's activations, whatever the class"


def layer_words(facts: MethodFacts) -> str:
    """Where the map's values lie."""
    size, layers = f"{facts['height']} × {facts['width']}", facts["layers"]
    if facts["place"] != "layer":
        return f"none: the picture's own {facts['place']}, {size}"
    return f"{_named(layers)}, {size}" if len(layers) == 1 else f"average of {_named(layers)}, {size}"


def _named(layers: Sequence[str]) -> str:
    return ", ".join(layers)
