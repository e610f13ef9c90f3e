"""A channel's mean activation while its pictures are made."""

from collections.abc import Mapping
from typing import Any

from shared.analyses.chart_style import Figure, curve
from shared.results import Part


def figures(_fields: Mapping[str, Any], parts: Mapping[int, Part]) -> dict[str, Figure]:
    """One a picture that was made by gradient ascent, by its name: `portrait`, `opposite`, `facet_0` …"""
    return {part.name: mean_figure(part) for part in parts.values() if "objective" in part.arrays}


def mean_figure(part: Part) -> Figure:
    """The mean at each step, of a portrait, of its opposite or of a facet."""
    return curve(_title(part), part.arrays["objective"].tolist(), "step", "mean activation")


def _title(part: Part) -> str:
    if part.name == "opposite":
        own = part.facts["before"] or part.facts["answer"] == part.facts["objective"]
        return f"Mean{' before its activation' if part.facts['before'] else '' if own else ' at ' + part.facts['of']}"
    facet = part.name.removeprefix("facet_")
    return f"Mean at each step, facet {int(facet) + 1}" if facet.isdigit() else "Mean at each step"
