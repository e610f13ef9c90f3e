"""What stands at the right of the examples: one channel's pieces large, or the look through the data set in numbers."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np

from dashboard.widgets.address import channel_url
from dashboard.widgets.found_examples import EDGES, FoundExamples, Place, pieces_url, places_of
from dashboard.widgets.text import duration
from shared.analyses.dataset_examples.numbers import Examples, side_of
from shared.analyses.dataset_examples.parts import ExampleFacts
from shared.library import DatasetCard
from shared.store import RunRecord


def channel_data(run: RunRecord, found: FoundExamples, card: DatasetCard, row: int, channel: int) -> dict[str, Any]:
    """What the browser needs to draw one channel, as JSON values."""
    assert found.best is not None
    dataset, layer = str(run.fields["dataset"]), str(run.fields["layer"])
    values, places = found.best.strength[row], places_of(found.best, row)
    silent = "" if places else "No picture made this channel respond."
    return {
        "title": f"Channel {channel}",
        "note": silent,
        "across": side_of(len(values)),
        "pieces": [_piece(dataset, card, one, float(v)) for one, v in zip(places, values, strict=False)],
        "facts": _facts(found, card, row) if places else [],
        "channel": channel_url(str(run.fields["model"]), layer, channel),
    }


def _piece(dataset: str, card: DatasetCard, place: Place, value: float) -> dict[str, Any]:
    number, top, left, bottom, right = place
    one = card.pictures[number]
    label, side = card.classes[one.label], max(one.height, one.width)
    # The whole picture lies in the middle of a square; the frame is in shares of that.
    above, before = (side - one.height) / 2, (side - one.width) / 2
    frame = ((top + above) / side, (left + before) / side, (bottom - top) / side, (right - left) / side)
    return {
        "url": pieces_url(dataset, [place], EDGES[2]),
        "whole": pieces_url(dataset, [(number, 0, 0, one.height, one.width)], EDGES[2]),
        "frame": [round(100 * share, 2) for share in frame],
        "value": f"{value:.3g}",
        "label": label,
        "alt": f"{label}, response {value:.3g}, {one.path}",
        "href": "/datasets?" + urlencode({"dataset": dataset, "split": one.split, "picture": number}),
    }


def _facts(found: FoundExamples, card: DatasetCard, row: int) -> list[list[str]]:
    best = found.best
    assert best is not None
    living = [int(n) for p, n in enumerate(best.label[row]) if best.excites(row, p)]
    names, counts = np.unique(living, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:3]
    classes = ", ".join(f"{card.classes[int(names[i])]} {counts[i]}" for i in order)
    first, last = best.strength[row, 0], best.strength[row, len(living) - 1]
    cut = f", cut off at {best.values[row, 0]:.4g}" if best.values[row, 0] < first else ""
    return [["Responses", f"{first:.4g} … {last:.4g}{cut}"], ["Classes", classes],
            ["A unit sees", _field(found.facts)]]  # fmt: skip


def _field(facts: ExampleFacts | None) -> str:
    if facts is None:
        return ""
    size = facts["receptive_field"]
    shown = f"{facts['height']} × {facts['width']} px"
    if size is None or size >= max(facts["height"], facts["width"]):
        return f"all of {shown}, or most"
    return f"{size:g} × {size:g} of {shown}"


def overview_data(run: RunRecord, found: FoundExamples, channels: Sequence[int]) -> dict[str, Any]:
    """What the browser needs to draw the whole look in numbers, as JSON values."""
    best = found.best
    assert best is not None
    total = run.facts.get("metrics", {}).get("pictures", found.pictures)
    rows = [
        ["Pictures", f"{found.pictures:,} of {total:,}"],
        ["Channels", str(len(channels))],
        ["Silent", str(_silent(best))],
        ["A unit sees", _field(found.facts)],
        ["Device", str(run.facts.get("device", ""))],
        ["Precision", run.precision],
        ["Time", duration(run.seconds) if run.seconds else ""],
        ["Asked by", run.by],
    ]
    return {
        "title": "These pictures",
        "note": "Click a channel, or reach it with Tab and the arrow keys, to see its pictures large.",
        "pieces": [],
        "facts": [row for row in rows if row[1]],
    }


def _silent(best: Examples) -> int:
    return sum(not best.excites(row, 0) for row in range(len(best.values)))
