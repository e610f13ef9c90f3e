"""The objective of a dream over all its octaves."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.analyses.chart_style import SERIES, Figure, Trace, chart, line
from shared.results import Part

UNITS = {"relative": "relative to the photograph", "raw": "the network's own units", "logit": "mean logit"}


def figures(fields: Mapping[str, Any], parts: Mapping[int, Part]) -> dict[str, Figure]:
    """`objective`; {} before the first octave."""
    octaves = [parts[index].facts for index in sorted(parts) if "octave" in parts[index].facts]
    return {"objective": objective_figure(octaves, units_of(fields))} if octaves else {}


def units_of(fields: Mapping[str, Any]) -> str:
    """In which of UNITS the objective of a run is; logits are as they are."""
    return "logit" if fields.get("classes") else str(fields["units"])


def objective_figure(octaves: Sequence[Mapping[str, Any]], units: str) -> Figure:
    """The objective at each step, an octave a colour, one after the other.

    Args:
        octaves: facts of the octaves, in order.
        units: from units_of().
    """
    traces: list[Trace] = []
    begun = 0
    for octave in octaves:
        values = octave["curve"]
        name = f"octave {octave['octave'] + 1}, {octave['width']} × {octave['height']} px"
        traces.append(line(range(begun, begun + len(values)), values, name, SERIES[len(traces) % len(SERIES)]))
        begun += len(values)
    return chart("Objective", traces, "step, over all octaves", f"objective, {UNITS[units]}", height=280, hovermode="x")
