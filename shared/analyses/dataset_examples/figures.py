"""How strongly a data set excites the channels of a layer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from shared.analyses.chart_style import curve

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def strongest_figure(strongest: Iterable[float]) -> Figure:
    """The strongest activation of every channel that some picture excites, the highest first."""
    ordered = sorted(map(float, strongest), reverse=True)
    return curve("Strongest activation of each channel", ordered, "rank, the highest first", "activation", first=1)
