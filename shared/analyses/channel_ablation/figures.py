"""What switching channels off comes to as figures: the strongest effects, more and more channels off, the estimates."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from shared.analyses.channel_ablation.numbers import Ablation, ablation_of
from shared.analyses.chart_style import ACCENT, GREY, INK, ORANGE, PERCENT_AXIS, RED, Figure, chart, line
from shared.results import Part

SHOWN = 20


def figures(_fields: Mapping[str, Any], parts: Mapping[int, Part]) -> dict[str, Figure]:
    """`effects` and `estimates` of the first class with pictures, and `curves`; {} before the first exact values."""
    found = ablation_of(parts.values())
    number = next((k for k in range(len(found.classes)) if found.has(k)), None) if found else None
    if found is None or number is None or not len(found.channels):
        return {}
    drawn = {"effects": effects_figure(found, number), "estimates": estimate_figure(found, number)}
    return {**drawn, "curves": curves_figure(found)} if found.curves else drawn


def effects_figure(found: Ablation, number: int, chosen: int | None = None) -> Figure:
    """The channels whose loss costs a class's logit most, with their 95 % intervals.

    Args:
        found: the run.
        number: of the class.
        chosen: a channel to pick out.
    """
    rows = found.order(number)[:SHOWN][::-1]
    told = [found.interval(int(row), number) for row in rows]
    channels = [int(found.channels[row]) for row in rows]
    ends = {"type": "data", "symmetric": False, "array": [high - mean for mean, _, high in told],
            "arrayminus": [mean - low for mean, low, _ in told], "color": GREY}  # fmt: skip
    words = [f"channel {c}: {mean:+.3g} ({low:.3g} to {high:.3g})" for c, (mean, low, high) in
             zip(channels, told, strict=True)]  # fmt: skip
    dots = {"type": "scatter", "mode": "markers", "x": [round(one[0], 5) for one in told],
            "y": [f"channel {c}" for c in channels], "error_x": ends, "name": "mean change",
            "customdata": [[str(c), w] for c, w in zip(channels, words, strict=True)],
            "marker": {"size": 9, "color": [ORANGE if c == chosen else ACCENT for c in channels]},
            "hovertemplate": "%{customdata[1]}<extra></extra>"}  # fmt: skip
    name, unit = found.classes[number], "value" if found.facts["answers"] == "numbers" else "logit"
    figure = chart(f"What {name} loses without a channel", [dots], f"mean change of its {unit}", "",
                   height=110 + 22 * len(rows), hovermode="closest", showlegend=False, xaxis_showgrid=True,
                   note=f"the {len(rows)} of {len(found.channels)} that cost most, 95 % intervals",
                   meta={"selected": "" if chosen is None else str(chosen), "toggles": True},
                   yaxis={"type": "category"})  # fmt: skip
    return figure.add_shape(type="line", x0=0, x1=0, y0=0, y1=1, yref="paper", line={"color": INK, "width": 1})


def curves_figure(found: Ablation, number: int | None = None) -> Figure:
    """Accuracy as the strongest channels go off together, and as random ones do.

    Args:
        found: a run with curves.
        number: of the class; None: the mean over classes.
    """
    assert found.curves is not None
    off = [int(n) for n in found.curves["off"]]
    strongest, random = found.curves["strongest"], found.curves["random"]
    mine = np.nanmean(strongest, 0) if number is None else strongest[number]
    draws = np.nanmean(random, 1) if number is None else random[:, number]
    marks = {"mode": "lines+markers", "marker": {"size": 6}}
    lines = [
        line(off, draws.max(0), "most of the draws", GREY, line={"width": 0, "color": GREY}, showlegend=False,
             hoverinfo="skip", hovertemplate=None),
        line(off, draws.min(0), "range of the draws", GREY, line={"width": 0, "color": GREY}, fill="tonexty",
             showlegend=False, hoverinfo="skip", hovertemplate=None),
        line(off, draws.mean(0), f"drawn by chance, mean of {len(draws)}", GREY, **marks),
        line(off, mine, "the strongest", RED, **marks),
    ]  # fmt: skip
    answers = found.facts["answers"]
    what = {"classes": "accuracy", "masks": "share of pixels right", "numbers": "absolute error"}[answers]
    of = "mean over classes" if number is None else f"pictures of {found.classes[number]}"
    axis = {} if answers == "numbers" else {"yaxis_tickformat": PERCENT_AXIS, "yaxis_range": [0, 1.03]}
    return chart("More and more channels off", lines, "channels off", what, height=320, note=of, **axis)


def estimate_figure(found: Ablation, number: int) -> Figure:
    """Estimates by the gradient against the exact changes, a dot a channel."""
    exact, estimate = found.own[:, number].astype(float), found.estimate(number).astype(float)
    dots = {"type": "scatter", "mode": "markers", "x": estimate.round(6).tolist(), "y": exact.round(6).tolist(),
            "customdata": [[str(int(c)), f"channel {c}: estimate {a:+.3g}, exact {b:+.3g}"]
                           for c, a, b in zip(found.channels, estimate, exact, strict=True)],
            "marker": {"size": 6, "color": ACCENT, "opacity": 0.6}, "name": "channels",
            "hovertemplate": "%{customdata[1]}<extra></extra>"}  # fmt: skip
    low, high = float(min(exact.min(), estimate.min())), float(max(exact.max(), estimate.max()))
    figure = chart(f"Estimate and exact change: {found.classes[number]}", [dots], "estimate by the gradient",
                   "exact change", height=320, hovermode="closest", showlegend=False, xaxis_showgrid=True,
                   note=f"correlation {found.agreement(number):.3f}",
                   meta={"selected": "", "toggles": True})  # fmt: skip
    return figure.add_shape(type="line", x0=low, y0=low, x1=high, y1=high,
                            line={"color": INK, "width": 1, "dash": "dash"})  # fmt: skip
