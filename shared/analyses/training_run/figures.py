"""Curves of training by epoch: loss and accuracy, of one run or of several over each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.analyses.chart_style import (
    ACCENT,
    INK,
    ORANGE,
    PERCENT,
    PERCENT_AXIS,
    SERIES,
    Figure,
    Trace,
    chart,
    line,
    shorten,
)
from shared.analyses.training_run.parts import Facts, best_epoch, fine_tuning_starts
from shared.results import Part

# More epochs than this are drawn with smaller points.
MANY = 80
# So many epochs have a mark each on the axis, and none between two.
FEW_EPOCHS = 12
FAINT = 0.3


@dataclass(frozen=True)
class Curves:
    """One run among those that are drawn.

    Attributes:
        title: in the legend.
        epochs: facts of its epochs, in order.
        place: chooses its colour.
    """

    title: str
    epochs: Sequence[Facts]
    place: int = 0


def figures(_fields: Mapping[str, Any], parts: Mapping[int, Part]) -> dict[str, Figure]:
    """`loss` and `accuracy` of a finished run."""
    return training_figures([Curves("", [parts[index].facts for index in sorted(parts)])])


def training_figures(
    runs: Sequence[Curves], *, planned: int = 0, smoothing: float = 0.0, several: bool = False
) -> dict[str, Figure]:
    """Training as points, validation as a line, as F. Chollet's book draws them; smoothed, they themselves step back.

    Args:
        runs: drawn over each other on the same axes.
        planned: epochs that the axis reaches to, at least.
        smoothing: see smooth().
        several: whether a colour stands for a run, even where there is one; else for training and validation.

    Returns:
        `loss` and `accuracy`. A trace whose `meta` has `smooth_of` is the trace of that number, smoothed.
    """
    return {name: _figure(name, runs, planned, smoothing, several) for name in ("loss", "accuracy")}


def smooth(values: Sequence[float | None], factor: float) -> list[float | None]:
    """Each value moved so much less away from what came before; a gap stays a gap.

    F. Chollet, "Deep Learning with Python", 2017, listing 5.24.

    Args:
        values: in order.
        factor: 0 changes nothing; below 1.
    """
    found: list[float | None] = []
    last: float | None = None
    for value in values:
        if value is not None:
            last = value if last is None else last * factor + value * (1 - factor)
        found.append(None if value is None else last)
    return found


def _figure(name: str, runs: Sequence[Curves], planned: int, smoothing: float, several: bool) -> Figure:
    traces: list[Trace] = []
    for run in runs:
        _add_lines(traces, name, run, smoothing, several)
    traces += [ring for run in runs if (ring := _best(name, run, several))]
    last = max([2, planned, *(int(run.epochs[-1]["epoch"]) for run in runs if run.epochs)])
    is_share = name == "accuracy"  # of the pictures; a loss has no unit
    values = [y for trace in traces for y in trace["y"] if y is not None]
    low, high, cut = _reach(values, is_share)
    notes = ["dotted: training"] if several else []
    notes += [f"{cut} higher value{'s are' if cut > 1 else ' is'} cut off"] if cut else []
    figure = chart(
        name.capitalize(), traces, "epoch", name, note="; ".join(notes), yaxis_range=[low, high],
        xaxis_range=[1 - 0.02 * last, last + 0.02 * last], xaxis_unifiedhovertitle_text="Epoch %{x}",
        xaxis_dtick=1 if last <= FEW_EPOCHS else None,
        yaxis_tickformat=PERCENT_AXIS if is_share else None, yaxis_hoverformat=PERCENT if is_share else ".3~g",
        height=300 + 14 * len(runs) if several else 300,
    )  # fmt: skip
    for run in runs:
        if begins := fine_tuning_starts(run.epochs):
            figure.add_vline(begins - 0.5, line={"color": _colours(run, several)[0] if several else INK, "dash": "dash",
                             "width": 1}, annotation={"text": "fine-tuning", "font_size": 11},
                             annotation_position="bottom right" if is_share else "top right")  # fmt: skip
    return figure


def _colours(run: Curves, several: bool) -> tuple[str, str]:
    """Of training and of validation."""
    own = SERIES[run.place % len(SERIES)]
    return (own, own) if several else (ORANGE, ACCENT)


def _add_lines(traces: list[Trace], name: str, run: Curves, smoothing: float, several: bool) -> None:
    epochs = [int(facts["epoch"]) for facts in run.epochs]
    size = 3 if len(epochs) > MANY else 5
    last = "validation" if any(facts.get(f"val_{name}") is not None for facts in run.epochs) else "training"
    for split, colour in zip(("training", "validation"), _colours(run, several), strict=True):
        key = name if split == "training" else f"val_{name}"
        values = [shorten(facts.get(key)) for facts in run.epochs]
        if all(value is None for value in values):
            continue
        title = f"{run.title}, {split}" if several else split
        dots = split == "training" or len(epochs) == 1
        # Of several runs the legend names each once, and a click there hides all its lines.
        group, named = (run.title, split == last) if several else (title, True)
        traces.append(line(epochs, values, title, colour, legendgroup=group, showlegend=named,
                           mode="lines+markers" if dots else "lines",
                           line={"color": colour, "width": 1 if dots else 2, "dash": "dot" if dots else "solid"},
                           marker={"size": size}, opacity=FAINT if smoothing else 1))  # fmt: skip
        shown = smooth(values, smoothing) if smoothing else [None] * len(values)
        traces.append(line(epochs, shown, f"{title}, smoothed", colour, legendgroup=group, showlegend=False,
                           meta={"smooth_of": len(traces) - 1}))  # fmt: skip


def _best(name: str, run: Curves, several: bool) -> Trace | None:
    """A ring around the best epoch."""
    best = best_epoch(run.epochs)
    facts: Facts = next((one for one in run.epochs if one["epoch"] == best), {})
    value = facts.get(f"val_{name}", facts.get(name))
    if value is None:
        return None
    title = f"{run.title}, best epoch" if several else "best epoch"
    return {"type": "scatter", "mode": "markers", "x": [best], "y": [shorten(value)], "name": title,
            "hoverinfo": "skip", "marker": {"symbol": "circle-open", "size": 12, "color": INK, "line": {"width": 2}},
            "showlegend": not several, "legendgroup": run.title or title}  # fmt: skip


def _reach(values: Sequence[float], is_share: bool) -> tuple[float, float, int]:
    """The ends of an axis, and how many values lie above it.

    Losses start at zero. Few values far above all others are cut off, or the rest would be a flat line.
    """
    if not values:
        return 0, 1, 0
    ordered = sorted(values)
    least, most, usual = ordered[0], ordered[-1], ordered[int(0.9 * (len(ordered) - 1))]
    if is_share:
        return max(0, least - 0.06 * (1 - least) - 0.005), 1 + 0.04 * (1 - least) + 0.002, 0
    high = 1.6 * usual if most > 3 * usual > 0 else most
    return 0, 1.06 * (high or 1), sum(value > high for value in values)
