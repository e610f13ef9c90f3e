"""The report of `compare_models`: how far every layer moved, and which layers one network has alone."""

from collections.abc import Mapping

from shared.analyses.compare_models.parts import TABLE
from shared.analyses.report_blocks import Block, Table, plain
from shared.results import Part
from shared.store import RunRecord


def blocks(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """How far every layer moved, and which layers one network has alone."""
    if 0 not in parts:
        return []
    table = TABLE.read(parts[0])
    rows = [
        (row["path"], row["class"], row["state"], "infinite" if row["distance"] is None else row["distance"],
         plain(row["cosine"]), row["unchanged"], " ".join(str(channel) for channel in row["most"]))
        for row in table["layers"]
    ]  # fmt: skip
    sides = {"before": table["only_before"], "after": table["only_after"]}
    alone = [(row["path"], row["class"], side) for side, layers in sides.items() for row in layers]
    heads = ("Layer", "Class", "State", "Distance", "Cosine", "Unchanged", "Channels that moved most")
    found: list[Block] = [Table("How far each layer moved", heads, rows)]
    return found + ([Table("Layers of one network alone", ("Layer", "Class", "Side"), alone)] if alone else [])
