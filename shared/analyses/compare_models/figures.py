"""How far each layer of a network moved from another state of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.analyses.chart_style import ACCENT, GREY, INK, ORANGE, Figure, Trace, bars_by_layer, chart, layer_axis
from shared.results import Part

STATES = {"moved": "moved", "statistics": "only running statistics moved", "frozen": "frozen: not one bit changed"}
COLOURS = {"moved": ACCENT, "statistics": ORANGE}


def figures(_fields: Mapping[str, Any], parts: Mapping[int, Part]) -> dict[str, Figure]:
    """`distances`; {} where the table of layers is not there yet."""
    return {"distances": distance_figure(parts[0].facts["layers"])} if 0 in parts else {}


def distance_words(distance: float | None) -> str:
    """A distance as people read it; None is infinite."""
    return "∞, from zero" if distance is None else f"{distance:.3g}"


def distance_figure(rows: Sequence[Mapping[str, Any]], chosen: str = "") -> Figure:
    """Each layer's distance from before, as a share of the weights, by depth; frozen ones and drawn ones are marked.

    Args:
        rows: of the table of layers, in order. What came from zero has no distance and is drawn as high as the highest.
        chosen: path of the layer to pick out.
    """
    paths = [row["path"] for row in rows]
    highest = max((row["distance"] or 0 for row in rows), default=0) or 1
    traces: list[Trace] = []
    for state, colour in COLOURS.items():
        here = [row for row in rows if row["state"] == state]
        heights = [highest if row["distance"] is None else row["distance"] for row in here]
        words = [f"{distance_words(row['distance'])}, {STATES[state]}" for row in here]
        if here:
            traces.append(bars_by_layer([row["path"] for row in here], heights, STATES[state], colour, words, chosen))
    frozen = [row["path"] for row in rows if row["state"] == "frozen"]
    drawn = [row["path"] for row in rows if row["part"] > 0]
    traces += [_marks(frozen, STATES["frozen"], "line-ew-open", GREY), _marks(drawn, "drawn below", "triangle-up", INK)]
    return chart(
        "Distance from before, by depth", [trace for trace in traces if trace["x"]], "layer, from input to output",
        "distance, share of the weights", height=300, barmode="overlay", meta={"selected": chosen},
        xaxis=layer_axis(paths),
        yaxis_range=[-0.06 * highest, 1.05 * highest],
    )  # fmt: skip


def _marks(paths: Sequence[str], name: str, symbol: str, colour: str) -> Trace:
    """A mark a layer, at zero or just below."""
    marker = {"symbol": symbol, "size": 9, "color": colour, "line": {"width": 2, "color": colour}}
    return {"type": "scatter", "mode": "markers", "x": list(paths), "y": [0] * len(paths), "customdata": list(paths),
            "name": name, "text": [name] * len(paths), "hovertemplate": "%{text}<extra></extra>",
            "marker": marker}  # fmt: skip
