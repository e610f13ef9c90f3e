"""Keras's activation functions side by side, each as a curve on the same axes, with the range of what comes out."""

from typing import Any

import numpy as np
import streamlit as st

from dashboard.analyses.playground.stages import add_stage
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.charts import charts
from shared.analyses.playground.activation_functions import FUNCTIONS, OF_ALL_CHANNELS
from shared.analyses.playground.figures import HIGH, LOW, POINTS, SIDE, functions_figure
from shared.analyses.playground.shapes import stage_title
from shared.analyses.playground.stages import Activation

ELEMENT = "functions"
_element = browser_element("function_sheet")


def function_sheet() -> None:
    """Draw them; a click on one adds it as the last stage."""
    st.markdown(
        "Without a non-linearity, two convolutions collapse into one. All functions are "
        f"drawn for numbers from −{SIDE:.0f} to {SIDE:.0f}, on the same axes."
    )
    _element(key=ELEMENT, data=sheet_data(), on_function_change=_chosen)
    charts("function-curves", [functions_figure()])


def _chosen() -> None:
    name = st.session_state[ELEMENT].get("function")
    if name in FUNCTIONS or name in OF_ALL_CHANNELS:
        added = add_stage({"type": "activation", "function": name})
        title = stage_title(Activation(function=name))
        st.toast(
            f"{title} is stage {added} now: see it under Stages." if added else "There are as many stages as can be."
        )


def sheet_data() -> dict[str, Any]:
    """What the browser needs, as JSON values: a title, a range and a curve of [x, y] for each function."""
    x = np.linspace(-SIDE, SIDE, POINTS)
    curves = [
        {
            "name": name,
            "title": stage_title(Activation(function=name)),
            "formula": one.formula,
            "range": one.range_text,
            "points": np.stack([x, one.curve(x)], -1).round(3).tolist(),
        }
        for name, one in FUNCTIONS.items()
    ]
    across = [
        {"name": name, "title": stage_title(Activation(function=name)), "range": text}
        for name, text in OF_ALL_CHANNELS.items()
    ]
    return {"side": SIDE, "low": LOW, "high": HIGH, "curves": curves, "across": across}
