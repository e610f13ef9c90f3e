"""The report of `attribution`: what the network says, and what every map comes to."""

from collections.abc import Mapping

from shared.analyses.report_blocks import Block, Table, predictions
from shared.results import Part
from shared.store import RunRecord


def blocks(run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """What the network says, then a row a map."""
    rows = []
    for part in (parts[i] for i in sorted(parts)):
        for row in part.facts.get("maps", ()):
            evidence = "" if row.get("positive_evidence", True) else "no positive evidence at this layer"
            layers = ", ".join(part.facts.get("layers", ())) or part.facts.get("place", "")
            rows.append((part.facts["title"], row["class"], row.get("name", ""), layers, row["raw_max"], evidence))
    heads = ("Method", "Class", "Name", "Layer", "Largest value", "")
    return [*predictions(run, parts), *([Table("Heat maps", heads, rows)] if rows else [])]
