"""The report of `compare_models`: how far every layer moved, and which layers one network has alone."""

from collections.abc import Mapping

from shared.analyses.report_blocks import Block, Table, plain
from shared.results import Part
from shared.store import RunRecord


def blocks(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """How far every layer moved, and which layers one network has alone."""
    if 0 not in parts:
        return []
    table = parts[0].facts
    rows = [
        (row["path"], row["class"], row["state"], "infinite" if row["distance"] is None else row["distance"],
         plain(row["cosine"]), row["unchanged"], " ".join(str(channel) for channel in row["most"]))
        for row in table["layers"]
    ]  # fmt: skip
    alone = [(row["path"], row["class"], side) for side in ("before", "after") for row in table[f"only_{side}"]]
    heads = ("Layer", "Class", "State", "Distance", "Cosine", "Unchanged", "Channels that moved most")
    found: list[Block] = [Table("How far each layer moved", heads, rows)]
    return found + ([Table("Layers of one network alone", ("Layer", "Class", "Side"), alone)] if alone else [])
