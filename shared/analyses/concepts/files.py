"""Files of `concepts`: concepts.json with every number, crops and places of each concept, and its report's tables."""

import math
from collections.abc import Mapping
from typing import Any

from shared.analyses.concepts.numbers import Found, effect, found_of, suspicion
from shared.analyses.concepts.parts import ConceptFacts
from shared.analyses.report_blocks import Block, Table
from shared.analyses.result_files import Files
from shared.results import Part
from shared.store import RunRecord


def files(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """concepts.json, the most suspect first; a folder of pictures a concept; arrays.npz with the bank."""
    found = found_of(parts.values())
    if found is None:
        return
    yield "concepts.json", facts_of(found)
    for one in found.concepts:
        part = parts[one["concept"] + 1]
        for name in ("crops", "places", "image"):
            if name in part.pictures:
                yield f"{name}/{_stem(found, one)}.png", part.pictures[name]
    where = {f"where_{one['concept'] + 1:02d}": parts[one["concept"] + 1].arrays["where"] for one in found.concepts}
    yield "arrays.npz", {**found.base, **where}


def _stem(found: Found, one: ConceptFacts) -> str:
    return f"{found.concepts.index(one) + 1:02d}_concept_{one['concept'] + 1:02d}"


def captions(_run: RunRecord, parts: Mapping[int, Part]) -> dict[str, str]:
    """Below each written picture, how suspect its concept is and why."""
    found = found_of(parts.values())
    if found is None:
        return {}
    return {f"{name}/{_stem(found, one)}.png": f"Concept {one['concept'] + 1}: {why(one)}"
            for one in found.concepts for name in ("crops", "places")}  # fmt: skip


def why(one: ConceptFacts) -> str:
    """How suspect a concept is, in a line with the figures behind it."""
    words = [f"suspicion {suspicion(one):.2f}"]
    if one["draws"] is not None:
        words.append(f"put into other pictures it costs {_points(one['draws'])}, its places alone "
                     f"{_points(one['draws_else'])}")  # fmt: skip
        words.append(f"painted over it costs the class {_points(one['loses'])}, its places alone "
                     f"{_points(one['loses_else'])}")  # fmt: skip
    if one["outside"] is not None:
        words.append(f"{one['outside']:.0%} of it outside the object")
    return "; ".join(words)


def _points(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:.1f} points".replace("-", "−")


def facts_of(found: Found) -> dict[str, Any]:
    """Everything but arrays: the class, whether it raises an alarm, and its concepts."""
    concepts = [
        {"suspicion": _plain(suspicion(one)), "effect": _plain(effect(one)),
         "importance": _plain(found.importance(one["concept"])), "stability": _plain(found.stability(one["concept"])),
         **{name: _plain(value) if isinstance(value, float) else value for name, value in one.items()
            if name != "arrays"}}
        for one in found.concepts
    ]  # fmt: skip
    facts = {name: value for name, value in found.facts.items() if name != "arrays"}
    return {
        **facts,
        "alarms": [one["concept"] for one in found.alarms],
        "exchanged": found.exchanged,
        "concepts": concepts,
    }


def blocks(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """A table of the concepts, the most suspect first, and one of where they stand."""
    found = found_of(parts.values())
    if found is None or not found.concepts:
        return []
    does = [(one["concept"] + 1, _plain(suspicion(one)), _plain(found.importance(one["concept"])), _cell(one["draws"]),
             _cell(one["draws_else"]), _cell(one["loses"]), _cell(one["loses_else"]), _cell(one["exchanged"]))
            for one in found.concepts]  # fmt: skip
    stands = [(one["concept"] + 1, _cell(one["share"]), _cell(one["others_share"]), _cell(one["area"]),
               _cell(one["middle"]), _cell(one["constancy"]), _cell(one["outside"]),
               _plain(found.stability(one["concept"])))
              for one in found.concepts]  # fmt: skip
    return [
        Table(f"What {found.facts['class_name']} rests on, the most suspect first",
              ("Concept", "Suspicion", "Importance", "Others lost with it", "with its places alone",
               "Class lost without it", "without its places", "Accuracy, exchanged"), does),
        Table("Where the concepts stand",
              ("Concept", "Of the class", "Of other classes", "Area", "From the middle", "Constancy", "Outside",
               "Stability"), stands),
    ]  # fmt: skip


def _cell(value: float | None) -> float | str:
    return "" if value is None else float(f"{value:.3g}")


def _plain(value: float) -> float | None:
    return float(f"{value:.5g}") if math.isfinite(value) else None
