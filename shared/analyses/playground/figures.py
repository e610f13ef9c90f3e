"""Keras's activation functions as curves over each other."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from shared.analyses.chart_style import INK, SERIES, Figure, chart, line
from shared.analyses.playground.activation_functions import FUNCTIONS
from shared.results import Part

# What goes in, and what of the answer is drawn.
SIDE, HIGH, LOW, POINTS = 7.0, 7.0, -2.0, 85
# Those that nearly every network is made of; the others appear with a click on their name.
USUAL = ("relu", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "tanh")


def figures(fields: Mapping[str, Any], _parts: Mapping[int, Part]) -> dict[str, Figure]:
    """`activations`: the functions among a run's stages; {} where there is none."""
    used = {stage.get("function") for stage in fields.get("stages", ())} & set(FUNCTIONS)
    return {"activations": functions_figure(used)} if used else {}


def functions_figure(shown: Collection[str] = USUAL) -> Figure:
    """All functions of single values on the same axes; those not shown at first are in the legend.

    Args:
        shown: names of Keras.
    """
    x = np.linspace(-SIDE, SIDE, POINTS).round(3)
    traces = [
        line(x.tolist(), one.curve(x).tolist(), name, SERIES[i % len(SERIES)],
             visible=True if name in shown else "legendonly")
        for i, (name, one) in enumerate(FUNCTIONS.items())
    ]  # fmt: skip
    figure = chart("Activation functions", traces, "what goes in", "what comes out", height=460,
                   yaxis_range=[LOW, HIGH], xaxis_range=[-SIDE, SIDE], hovermode="x unified")  # fmt: skip
    return figure.add_hline(0, line={"color": INK, "width": 1}).add_vline(0, line={"color": INK, "width": 1})
