"""How sparse activations become with depth."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from shared.analyses.chart_style import GREY, INK, PERCENT_AXIS, Figure, bars_by_layer, chart, layer_axis
from shared.results import Part

Row = Mapping[str, Any]


def figures(_fields: Mapping[str, Any], parts: Mapping[int, Part]) -> dict[str, Figure]:
    """`sparsity`; {} where the list of layers is not there yet."""
    return {"sparsity": sparsity_figure(parts[0].facts["layers"])} if 0 in parts else {}


def sparsity_figure(layers: Sequence[Row], chosen: str = "") -> Figure:
    """The share of values that are zero, and of maps that are zero throughout, by depth.

    Args:
        layers: facts of the layers, in order.
        chosen: path of the one to pick out.
    """
    paths = [row["path"] for row in layers]
    traces = [bars_by_layer(paths, [row["zeros"] for row in layers], "zeros", GREY, chosen=chosen)]
    # Runs of an earlier release do not say it.
    if any(row.get("blank") for row in layers):
        blank = [row.get("blank", 0.0) for row in layers]
        traces.append(bars_by_layer(paths, blank, "blank maps", INK))
    return chart(
        "Share of zeros, by depth", traces, "layer, from input to output", "share", height=240, barmode="overlay",
        meta={"selected": chosen},
        xaxis=layer_axis(paths), yaxis={"range": [0, 1], "tickformat": PERCENT_AXIS, "hoverformat": ".1%"},
    )  # fmt: skip


def depth_words(layers: Sequence[Row]) -> str:
    """Whether deeper layers have more zeros and more blank maps, in this network's own numbers."""
    third = math.ceil(len(layers) / 3)
    ends = (layers[:third], layers[-third:])
    zeros, blank = ([round(100 * sum(row.get(name, 0.0) for row in part) / max(1, len(part))) for part in ends]
                    for name in ("zeros", "blank"))  # fmt: skip
    return (f"{zeros[0]} % zeros in the first third of the layers, {zeros[1]} % in the last; "
            f"blank maps: {blank[0]} % and {blank[1]} %")  # fmt: skip
