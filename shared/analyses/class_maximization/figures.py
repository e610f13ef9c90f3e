"""The logit and the probability of a class while its pictures are made."""

from collections.abc import Mapping
from typing import Any

from shared.analyses.chart_style import PERCENT, PERCENT_AXIS, SERIES, Figure, Trace, chart, line
from shared.class_names import class_words
from shared.results import Part

TITLES = {"naive": "Naive", "regularised": "Regularised"}


def figures(_fields: Mapping[str, Any], parts: Mapping[int, Part]) -> dict[str, Figure]:
    """`logit` and `probability`, see class_figures()."""
    return class_figures(parts)


def class_figures(parts: Mapping[int, Part]) -> dict[str, Figure]:
    """`logit` and `probability` at each step: a colour a class, the naive run dotted."""
    return {name: _figure(name, [parts[index] for index in sorted(parts)]) for name in ("logit", "probability")}


def _figure(name: str, parts: list[Part]) -> Figure:
    classes = list(dict.fromkeys(part.facts["class"] for part in parts))
    share: dict[str, Any] = {
        "yaxis_tickformat": PERCENT_AXIS,
        "yaxis_hoverformat": PERCENT,
        "yaxis_range": [-0.02, 1.02],
    }
    traces = [_line(name, part, SERIES[classes.index(part.facts["class"]) % len(SERIES)]) for part in parts]
    return chart(name.capitalize(), traces, "step", name, height=320 + 18 * len(classes),
                 **(share if name == "probability" else {}))  # fmt: skip


def _line(name: str, part: Part, colour: str) -> Trace:
    values, way = part.arrays[name].tolist(), part.facts["how"]
    style = {"color": colour, "width": 2, "dash": "dot" if way == "naive" else "solid"}
    name = class_words(part.facts["class"], part.facts["name"])
    title = f"{name}, {TITLES[way].lower()}"
    return line(range(len(values)), values, title, colour, line=style)
