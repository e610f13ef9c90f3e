"""Files of `channel_ablation`: channels by their effect on each class, every number, and its report's tables."""

import math
from collections.abc import Mapping
from typing import Any

from shared.analyses.channel_ablation.numbers import Ablation, ablation_of, effects_table
from shared.analyses.report_blocks import Block, Table
from shared.analyses.result_files import Files
from shared.results import Part
from shared.store import RunRecord

# Channels a class in ablation.json, and classes and channels in a report; arrays.npz holds all.
LISTED, REPORTED_CLASSES, REPORTED = 100, 5, 10


def files(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """ablation.json: the strongest channels of each class, with intervals; arrays.npz with effects_table()."""
    found = ablation_of(parts.values())
    if found is None:
        return
    yield "ablation.json", facts_of(found)
    yield "arrays.npz", dict(effects_table(found))


def facts_of(found: Ablation) -> dict[str, Any]:
    """Each class with its accuracy, how far its numbers can be trusted, and its strongest channels."""
    classes = [
        {"name": found.classes[k], "pictures": int(found.base["own"][:, k].sum()), "score": _plain(found.accuracy(k)),
         "split_half": _plain(found.split_half(k)), "estimate": _plain(found.agreement(k)),
         "channels": rows_of(found, k, LISTED)}
        for k in range(len(found.classes)) if found.has(k)
    ]  # fmt: skip
    return {"layer": found.facts["path"], "answers": found.facts["answers"], "score": _plain(found.accuracy()),
            "classes": classes}  # fmt: skip


def rows_of(found: Ablation, number: int, most: int) -> list[dict[str, Any]]:
    """The channels that cost a class most: change of its logit with its 95 % interval, score without, flips."""
    without, flips, rows = found.accuracy_without(number), found.flip_counts(), []
    for row in map(int, found.order(number)[:most]):
        mean, low, high = (_plain(one) for one in found.interval(row, number))
        rows.append({"channel": int(found.channels[row]), "change": mean, "low": low, "high": high,
                     "score_without": _plain(float(without[row])), "flips": int(flips[row])})  # fmt: skip
    return rows


def blocks(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """A table for each of the first classes."""
    found = ablation_of(parts.values())
    if found is None or not len(found.channels):
        return []
    there = [k for k in range(len(found.classes)) if found.has(k)][:REPORTED_CLASSES]
    columns = ("Channel", "Change of the logit", "95 % from", "to", "Score without it", "Pictures that flip")
    return [
        Table(f"Channels that {found.classes[k]} rests on", columns,
              [tuple(row.values()) for row in rows_of(found, k, REPORTED)])
        for k in there
    ]  # fmt: skip


def _plain(value: float) -> float | None:
    return float(f"{value:.5g}") if math.isfinite(value) else None
