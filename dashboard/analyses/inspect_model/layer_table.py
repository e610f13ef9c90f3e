"""A model's layers as a table, for whoever would rather read numbers than a map, or uses no pointer."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.widgets.text import percent
from shared.analyses.inspect_model.parts import LayerRow

COLUMNS = ("Layer", "Class", "Output", "Parameters", "Receptive field", "Stride", "Zeros")
NUMBERS = (3, 4, 5, 6)


def table_data(rows: Sequence[LayerRow], zeros: Mapping[str, float]) -> dict[str, Any]:
    """What the browser needs, as JSON values.

    Args:
        rows: of the layer table.
        zeros: path to the share of zeros in what comes out; the column is left out where no layer's is known.
    """
    most = max((row["parameters"] for row in rows), default=0)
    known = len(COLUMNS) - (not zeros)
    return {
        "columns": COLUMNS[:known],
        "numbers": [number for number in NUMBERS if number < known],
        "rows": [_row(row, most, zeros.get(row["path"]), known) for row in rows],
    }


def _row(row: LayerRow, most: int, zeros: float | None, known: int) -> dict[str, Any]:
    field = row["receptive_field"]
    whole = "all" if row["stride"] is not None and field is None else ""
    cells = [
        {"text": str(row.get("class", ""))},
        {"text": row["output_shape"]},
        {"text": f"{row['parameters']:,}", "share": row["parameters"] / most if most else None, "of": "parameters"},
        {"text": whole if field is None else f"{field:g}"},
        {"text": "" if row["stride"] is None else f"{row['stride']:g}"},
        {"text": "" if zeros is None else percent(zeros), "share": zeros, "of": "zeros"},
    ]
    return {"key": row["path"], "name": row["path"], "cells": cells[: known - 1]}
