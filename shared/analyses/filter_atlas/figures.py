"""How far each channel of an atlas was excited, step by step."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.analyses.chart_style import Figure, curve
from shared.results import Part


def figures(_fields: Mapping[str, Any], parts: Mapping[int, Part]) -> dict[str, Figure]:
    """`objectives` of all channels."""
    return {"objectives": ranks_figure(part.facts["objective"] for part in parts.values() if not part.facts["dead"])}


def ranks_figure(objectives: Iterable[float]) -> Figure:
    """The objective of every living channel, the highest first."""
    ordered = sorted(map(float, objectives), reverse=True)
    return curve("Objective of each channel", ordered, "rank, the highest first", "objective", first=1)


def objective_figure(objective: Sequence[float], start: float | None = None) -> Figure:
    """A channel's objective at each step.

    Args:
        objective: after each step.
        start: before the first one; atlases of an earlier release do not say it.
    """
    begun = [] if start is None else [start]
    return curve("Objective at each step", [*begun, *objective], "step", "objective", first=1 - len(begun))
