"""How many filters of a layer are really different."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from shared.analyses.chart_style import INK, Figure, chart, line
from shared.analyses.filter_twins.files import twin_arrays
from shared.analyses.filter_twins.numbers import ALIKE, THRESHOLDS, really_different
from shared.results import Part


def figures(_fields: Mapping[str, Any], parts: Mapping[int, Part]) -> dict[str, Figure]:
    """`different`, by answers to turned tiles."""
    arrays = twin_arrays(parts)
    living = np.flatnonzero(~arrays["dead"])
    likeness = arrays["likeness"][np.ix_(living, living)]
    return {"different": different_figure([len(really_different(likeness, least)) for least in THRESHOLDS])}


def different_figure(counts: Sequence[int], least: float = ALIKE) -> Figure:
    """Really different filters by how alike twins must be.

    Args:
        counts: one for each of THRESHOLDS.
        least: where a line marks what is chosen.
    """
    trace = line(THRESHOLDS, counts, "filters")
    figure = chart("Distinct filters", [trace], "similarity threshold", "filters", height=240,
                   showlegend=False, yaxis_rangemode="tozero")  # fmt: skip
    return figure.add_vline(least, line={"color": INK, "dash": "dash", "width": 1})
