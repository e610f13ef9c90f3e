"""The report of `inspect_model`: the layer table."""

from collections.abc import Mapping

from shared.analyses.report_blocks import Block, Table, plain
from shared.results import Part
from shared.store import RunRecord


def blocks(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """A row a layer."""
    rows = parts[0].facts["layers"] if 0 in parts else []
    names = [name for name in (rows[0] if rows else {}) if name != "shows"]
    table = [[plain(row[name]) for name in names] for row in rows]
    return [Table("Layers", tuple(name.replace("_", " ") for name in names), table)]
