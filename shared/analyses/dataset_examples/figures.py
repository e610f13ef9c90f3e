"""How strongly a data set excites the channels of a layer."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.analyses.chart_style import Figure, curve
from shared.analyses.dataset_examples.files import best_of_parts
from shared.results import Part


def figures(_fields: Mapping[str, Any], parts: Mapping[int, Part]) -> dict[str, Figure]:
    """`strongest`; {} while no picture excites a channel."""
    best = best_of_parts(parts)
    strongest = best.strongest() if best else []
    return {"strongest": strongest_figure(strongest)} if strongest else {}


def strongest_figure(strongest: Iterable[float]) -> Figure:
    """The strongest activation of every channel that some picture excites, the highest first."""
    ordered = sorted(map(float, strongest), reverse=True)
    return curve("Strongest activation of each channel", ordered, "rank, the highest first", "activation", first=1)
