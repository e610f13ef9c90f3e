"""A layer's channels as one clickable sheet: the tile sheet with statistics to sort by and a colour scale to choose."""

from typing import Any

import numpy as np

from dashboard.analyses.activations.routes import layer_url
from dashboard.server.addresses import part_url
from dashboard.widgets.feature_maps import (
    Painting,
    ViewState,
    edge_of,
    map_colours,
    rows_of_sheet,
    values_url,
)
from dashboard.widgets.text import round_values
from dashboard.widgets.tiles import QUALITIES, Quality
from shared.analyses.activations.parts import LAYER, LayerArrays, LayerFacts
from shared.images.contact_sheet import GAP
from shared.images.feature_maps import Limits
from shared.results import Part
from shared.store import RunRecord

GRADIENT_STEPS = 9


def sheet_data(run: RunRecord, part: Part, state: ViewState, limits: Limits) -> dict[str, Any]:
    """What the browser needs to draw the sheet, as JSON values."""
    row, arrays = LAYER.read(part), LAYER.read_arrays(part)
    columns, rows = rows_of_sheet(row["channels"])
    low = float(limits[0].min())
    colours = map_colours(low, state.painting.scale, state.painting.colour)
    return {
        "key": f"{run.key}/{row['part']}",
        "qualities": {quality: _quality(run, row, state.painting, quality) for quality in QUALITIES},
        "columns": columns,
        "rows": rows,
        "channels": list(range(row["channels"])),
        "maximum": round_values(arrays["maximum"]),
        "mean": round_values(arrays["mean"]),
        "zeros": round_values(arrays["zeros"]),
        "reach": round_values(limits[1] if state.painting.scale != "zscore" else abs_reach(arrays)),
        "selected": state.channel,
        "sort": state.sort,
        "size": state.size,
        "scale": state.painting.scale,
        "colour": state.painting.colour,
        "signed": low < 0,
        "ends": _ends(limits, state.painting.scale),
        "gradient": [f"rgb({r} {g} {b})" for r, g, b in colours[:: len(colours) // (GRADIENT_STEPS - 1)].tolist()],
        "height": row["height"],
        "width": row["width"],
        "picture": part_url(run.key, 0, "picture"),
        "values": values_url(run, row["part"], "{}"),
        "title": f"Feature maps of {row['path']}",
        "objectives": [],
        "dead": [],
        "live": False,
    }


def abs_reach(arrays: LayerArrays) -> np.ndarray:
    """Each channel's greatest absolute value, 1 where it is zero; float32 (channel)."""
    reach = abs(arrays["minimum"]).clip(min=abs(arrays["maximum"]))
    return np.asarray(reach + (reach == 0))


def _quality(run: RunRecord, row: LayerFacts, painting: Painting, quality: Quality) -> dict[str, Any]:
    return {"url": layer_url(run, row["part"], painting, quality), "edge": edge_of(row, quality), "gap": GAP}


def _ends(limits: Limits, scale: str) -> list[str]:
    if scale == "zscore":
        return [f"{limits[0][0]:.3g} σ", f"{limits[1][0]:.3g} σ"]
    if scale == "channel":
        return ["−max" if limits[0].min() < 0 else "0", "its max"]
    return [f"{limits[0][0]:.3g}", f"{limits[1][0]:.3g}"]
