"""Files of `inspect_model`: the layer table, also in its report."""

import csv
import io
from collections.abc import Mapping, Sequence

from shared.analyses.inspect_model.parts import TABLE, LayerRow
from shared.analyses.report_blocks import Block, Table, plain
from shared.analyses.result_files import Files
from shared.results import Part
from shared.store import RunRecord


def files(_run: RunRecord, parts: Mapping[int, Part]) -> Files:
    """layers.json and layers.csv."""
    rows = TABLE.read(parts[0])["layers"]
    yield "layers.json", rows
    yield "layers.csv", layer_table_csv(rows)


def layer_table_csv(rows: Sequence[LayerRow]) -> str:
    """The layer table as CSV."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=[*dict.fromkeys(name for row in rows for name in row)] or ["path"])
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    return " ".join(map(str, value)) if isinstance(value, list) else value


def blocks(_run: RunRecord, parts: Mapping[int, Part]) -> list[Block]:
    """A row a layer."""
    rows = parts[0].facts["layers"] if 0 in parts else []
    names = [name for name in (rows[0] if rows else {}) if name not in ("shows", "inputs")]
    table = [[plain(row[name]) for name in names] for row in rows]
    return [Table("Layers", tuple(name.replace("_", " ") for name in names), table)]
