"""How every chart looks, on a page and in a notebook: colours, fonts, grid, and what stands under the pointer.

A figure is built in the colours of a light page. The dashboard puts the colours of its own theme, light or dark, in
their place, by THEME. Plotly is imported with the first figure: it takes 30 MB.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from plotly.graph_objects import Figure as Figure
else:
    Figure = Any

Trace = dict[str, Any]

ACCENT, ORANGE, BLUE, RED, GREEN, VIOLET, GREY = (
    "#0b6e74", "#b4661a", "#2c6b96", "#a8382c", "#3d7a3a", "#803df5", "#7c766b",
)  # fmt: skip
SERIES = (ACCENT, ORANGE, BLUE, RED, GREEN, VIOLET, GREY)
INK, RULE, PAPER = "#12100d", "#d9d3c6", "#faf8f4"
THEME = {
    ACCENT: "--st-primary-color", ORANGE: "--st-orange-color", BLUE: "--st-blue-color", RED: "--st-red-color",
    GREEN: "--st-green-color", VIOLET: "--st-violet-color", GREY: "--st-gray-color", INK: "--st-text-color",
    RULE: "--st-border-color", PAPER: "--st-background-color",
}  # fmt: skip
# An axis of more layers than this would write their names over each other.
MOST_NAMED = 40
PERCENT, PERCENT_AXIS = ".1%", ".0%"
_AXIS = {
    "gridcolor": RULE, "linecolor": RULE, "zeroline": False, "automargin": True, "ticks": "",
    "title": {"standoff": 8, "font": {"size": 12}},
}  # fmt: skip
_TEMPLATE = {
    "layout": {
        "font": {"family": "sans-serif", "size": 12, "color": INK},
        "title": {"font": {"size": 14}, "x": 0, "xref": "paper", "xanchor": "left", "y": 1, "yref": "container",
                  "yanchor": "top", "pad": {"t": 8}, "subtitle": {"font": {"size": 11, "color": GREY}}},
        "paper_bgcolor": PAPER, "plot_bgcolor": PAPER, "colorway": SERIES,
        "margin": {"l": 8, "r": 12, "t": 38, "b": 8},
        "xaxis": {**_AXIS, "showgrid": False, "showline": True},
        "yaxis": _AXIS,
        "legend": {"orientation": "h", "x": 0, "y": 0, "yref": "container", "yanchor": "bottom", "font": {"size": 12}},
        "hoverlabel": {"bgcolor": PAPER, "bordercolor": RULE, "font": {"color": INK, "size": 12}, "namelength": -1},
        "hovermode": "x unified",
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": GREY, "activecolor": ACCENT},
    }
}  # fmt: skip


def chart(
    title: str, traces: Iterable[Mapping[str, Any]], x: str, y: str, *, note: str = "", height: int = 300, **layout: Any
) -> Figure:
    """A figure in the style of all others.

    Args:
        title: above it.
        traces: as Plotly takes them.
        x: what the axis to the right says, with its unit.
        y: what the axis upwards says, with its unit.
        note: below the title.
        height: pixels.
        layout: of Plotly, with underscores for dots (`yaxis_range=[0, 1]`).
    """
    import plotly.graph_objects as go

    figure = go.Figure(list(traces), {"template": _TEMPLATE, "title": {"text": title}, "height": height})
    if note:
        figure.update_layout(title_subtitle_text=note, margin_t=58)
    return figure.update_layout(xaxis_title_text=x, yaxis_title_text=y, **layout)


def line(x: Sequence[Any], y: Iterable[float | None], name: str, colour: str = ACCENT, **more: Any) -> Trace:
    """A line through points; None and values that are not finite leave a gap."""
    return {"type": "scatter", "mode": "lines", "x": list(x), "y": [shorten(v) for v in y], "name": name,
            "line": {"color": colour, "width": 2}, "hovertemplate": "%{y}"} | more  # fmt: skip


def curve(title: str, values: Iterable[float], x: str, y: str, *, first: int = 0, **layout: Any) -> Figure:
    """One value after the other, as a line.

    Args:
        title: above it.
        values: in order.
        x: what is counted along ("step").
        y: what the values are, with their unit.
        first: number of the first one.
        layout: see chart().
    """
    heights = list(values)
    steps = list(range(first, first + len(heights)))
    trace = line(steps, heights, y, mode="lines" if len(heights) > 1 else "markers")
    return chart(title, [trace], x, y, **{"height": 220, "showlegend": False} | layout)


def bars_by_layer(
    paths: Sequence[str], heights: Sequence[float], name: str, colour: str, words: Sequence[str] = (), chosen: str = ""
) -> Trace:
    """A bar a layer, named by its path; the chosen one is picked out.

    Args:
        paths: of the layers.
        heights: of the bars.
        name: in the legend.
        colour: of the bars.
        words: what stands under the pointer beside each; its height by default.
        chosen: one of the paths.
    """
    said = {"text": list(words), "textposition": "none", "hovertemplate": "%{text}<extra></extra>"} if words else {
        "hovertemplate": "%{y}"}  # fmt: skip
    marker = {"color": colour, "line": {"color": INK, "width": [2.0 * (path == chosen) for path in paths]}}
    return {"type": "bar", "x": list(paths), "y": [shorten(v) for v in heights], "name": name,
            "customdata": list(paths), "marker": marker} | said  # fmt: skip


def layer_axis(paths: Sequence[str]) -> dict[str, Any]:
    """The axis of a chart by depth: every layer, in order, named while there is room."""
    return {"type": "category", "categoryorder": "array", "categoryarray": list(paths), "tickvals": list(paths),
            "ticktext": [path.rpartition("/")[2] for path in paths], "range": [-0.6, len(paths) - 0.4],
            "showticklabels": len(paths) <= MOST_NAMED}  # fmt: skip


def shorten(value: float | None) -> float | None:
    """Five digits draw the same line as sixteen, and tell 99.95 % from 99.96 %."""
    return None if value is None or not np.isfinite(value) else float(f"{value:.5g}")
