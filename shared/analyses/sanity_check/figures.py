"""Deletion and insertion: what a heat map's strongest pixels do to a probability or a number, beside random maps."""

from collections.abc import Mapping
from typing import Any

from shared.analyses.chart_style import ACCENT, GREY, PERCENT, PERCENT_AXIS, Figure, Trace, chart, line
from shared.results import Part

# Petsiuk, Das and Saenko, "RISE", BMVC 2018.
TITLES = {"deletion": "Deletion: strongest pixels greyed out first; the faster it falls, the better",
          "insertion": "Insertion: strongest pixels put in first; the faster it rises, the better"}  # fmt: skip
NUMBER = "the number; for what lowers it, negated"


def figures(_fields: Mapping[str, Any], parts: Mapping[int, Part]) -> dict[str, Figure]:
    """`deletion` and `insertion`, for more than one method with its name behind; {} before the curves are there."""
    part = next((part for part in parts.values() if "fractions" in part.arrays), None)
    methods = [name.removeprefix("deletion_") for name in part.arrays if name.startswith("deletion_")] if part else []
    methods = [method for method in methods if method != "random"]
    alone = len(methods) == 1
    return {name if alone else f"{name}_{method}": figure
            for method in methods if part for name, figure in check_figures(part, method).items()}  # fmt: skip


def check_figures(part: Part, method: str) -> dict[str, Figure]:
    """`deletion` and `insertion` of one method's map.

    Args:
        part: with the curves.
        method: whose map.
    """
    return {name: _figure(name, title, part, method) for name, title in TITLES.items()}


def _figure(name: str, title: str, part: Part, method: str) -> Figure:
    share, areas = part.arrays["fractions"].tolist(), part.facts["areas"][method]
    draws = part.arrays[f"{name}_random"].tolist()
    faint = {"color": GREY, "width": 1, "dash": "dash"}
    traces: list[Trace] = [
        line(share, draw, f"random maps, area {areas[f'{name}_random']:.3g}" if i == 0 else f"random map {i + 1}", GREY,
             line=faint, legendgroup="random", showlegend=i == 0)
        for i, draw in enumerate(draws)
    ]  # fmt: skip
    own = part.arrays[f"{name}_{method}"].tolist()
    traces.append(line(share, own, f"this map, area {areas[name]:.3g}", ACCENT))
    head, _, note = title.partition(": ")
    number = part.facts.get("ending") == "number"
    shares = {"yaxis_tickformat": PERCENT_AXIS, "yaxis_hoverformat": PERCENT, "yaxis_rangemode": "tozero"}
    return chart(
        head, traces, "share of the pixels changed", NUMBER if number else "probability of the class", note=note,
        height=320, xaxis_tickformat=PERCENT_AXIS, xaxis_range=[0, 1], **({} if number else shares),
    )  # fmt: skip
