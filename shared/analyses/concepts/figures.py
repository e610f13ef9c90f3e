"""The concepts of a class as figures: how important and how suspect each is, and what it does alone."""

from collections.abc import Mapping
from typing import Any

from shared.analyses.chart_style import ACCENT, GREY, ORANGE, RED, Figure, chart
from shared.analyses.concepts.numbers import ALARM, Found, found_of, suspicion
from shared.results import Part


def figures(_fields: Mapping[str, Any], parts: Mapping[int, Part]) -> dict[str, Figure]:
    """`suspicion` and `alone`; {} before the first concept."""
    found = found_of(parts.values())
    if found is None or not found.concepts:
        return {}
    drawn = {"suspicion": suspicion_figure(found)}
    return {**drawn, "alone": alone_figure(found)} if any(c["draws"] is not None for c in found.concepts) else drawn


def suspicion_figure(found: Found, chosen: int | None = None) -> Figure:
    """Importance against suspicion, a dot a concept; beyond the line a class raises an alarm."""
    rows = [(one["concept"], found.importance(one["concept"]), suspicion(one)) for one in found.concepts]
    colours = [ORANGE if concept == chosen else RED if suspect > ALARM else ACCENT for concept, _, suspect in rows]
    dots = {"type": "scatter", "mode": "markers+text", "x": [round(suspect, 4) for *_, suspect in rows],
            "y": [round(weight, 4) for _, weight, _ in rows], "text": [str(concept + 1) for concept, *_ in rows],
            "textposition": "top center", "name": "concepts",
            "customdata": [[str(concept), f"concept {concept + 1}: suspicion {suspect:.2f}, importance {weight:.2f}"]
                           for concept, weight, suspect in rows],
            "marker": {"size": 10, "color": colours}, "hovertemplate": "%{customdata[1]}<extra></extra>"}  # fmt: skip
    title = f"What {found.facts['class_name']} rests on"
    figure = chart(title, [dots], "suspicion", "importance (Sobol's total index)",
                   height=320, hovermode="closest", showlegend=False, xaxis_showgrid=True, note="a dot a concept",
                   meta={"selected": "" if chosen is None else str(chosen), "toggles": True})  # fmt: skip
    return figure.add_shape(type="line", x0=ALARM, x1=ALARM, y0=0, y1=1, yref="paper",
                            line={"color": GREY, "width": 1, "dash": "dash"})  # fmt: skip


def alone_figure(found: Found) -> Figure:
    """Points of accuracy that a concept costs where it is put or painted over, beside its places without it."""
    names = [f"concept {one['concept'] + 1}" for one in found.concepts]
    bars = [("draws", "put into other classes' pictures", RED), ("draws_else", "its places without it", GREY),
            ("loses", "painted over in the class's", ACCENT), ("loses_else", "the same places of pictures without it",
                                                               "#c7ccd6")]  # fmt: skip
    traces = [
        {"type": "bar", "x": names, "y": [None if one[name] is None else round(100 * one[name], 2)  # type: ignore[literal-required]
                                          for one in found.concepts],
         "name": words, "marker": {"color": colour}} for name, words, colour in bars
    ]  # fmt: skip
    return chart("What a concept does alone", traces, "", "points of accuracy lost", height=320, hovermode="x unified",
                 barmode="group", xaxis={"type": "category"})  # fmt: skip
