"""Playground: what convolutions, activations and pooling do to a picture, number by number."""

import streamlit as st

from dashboard.analyses.playground.choices import choose
from dashboard.analyses.playground.function_sheet import function_sheet
from dashboard.analyses.playground.view import run_and_show
from dashboard.analyses.playground.window_walk import window_walk
from dashboard.runs.page import page_head, page_reading

page_head(__file__)
spec = choose()
picture, walk, functions = st.tabs(["Stages", "Arithmetic", "Functions"], key="view", bind="query-params")
with picture:
    run_and_show(spec)
with walk:
    window_walk()
with functions:
    function_sheet()
page_reading(__file__)
