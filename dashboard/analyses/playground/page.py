"""Playground: what convolutions, activations and pooling do to a picture, number by number."""

import streamlit as st

from dashboard.analyses.playground.choices import choose
from dashboard.analyses.playground.function_sheet import function_sheet
from dashboard.analyses.playground.view import run_and_show
from dashboard.analyses.playground.window_walk import window_walk

st.header("Playground", anchor=False)
st.caption(
    "Every stage is a real Keras layer. Random filters show what the operation does to a picture, not what a trained "
    "network has learned to look for."
)
spec = choose()
picture, walk, functions = st.tabs(["Stages", "Arithmetic", "Functions"], key="view", bind="query-params")
with picture:
    run_and_show(spec)
with walk:
    window_walk()
with functions:
    function_sheet()
with st.expander("How to read it"):
    st.markdown(
        "**A convolution** slides a small grid of weights over its input; at each place, products are added up to one "
        "number. Without a border of zeros the output is smaller than the input. It is linear: the "
        "output of a sum is the sum of the outputs. **Maximum pooling** and most activations are not: the arithmetic "
        "shows it on its numbers. **ReLU** leaves what is positive. Three channels are shown as red, green and blue of "
        "one picture; each alone is a click away. After "
        "E. Reppel, *Visualizing parts of convolutional neural networks using Keras and cats*, 2017."
    )
