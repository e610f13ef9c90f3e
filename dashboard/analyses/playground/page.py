"""Playground: what convolutions, activations and pooling do to a picture, number by number."""

import streamlit as st

from dashboard.analyses.playground.choices import choose, keep_choices_undrawn
from dashboard.analyses.playground.function_sheet import function_sheet
from dashboard.analyses.playground.view import run_and_show
from dashboard.analyses.playground.window_walk import window_walk
from dashboard.runs.page import page_head, page_reading
from dashboard.widgets.address import arrived, one_of, remember

VIEWS = ("Stages", "Arithmetic", "Functions")

page_head(__file__)
# Not bound to the address by Streamlit, which then lets nothing else be written into it.
if arrived("view") or st.session_state.get("view") not in VIEWS:
    st.session_state["view"] = one_of(st.query_params.get("view", ""), VIEWS)
shown = st.session_state["view"] == VIEWS[0]
if shown:
    spec = choose()
else:
    keep_choices_undrawn()
picture, walk, functions = st.tabs(VIEWS, key="view", on_change="rerun")
remember({"view": st.session_state["view"] if st.session_state["view"] != VIEWS[0] else None}, step=True)
with picture:
    if shown:
        run_and_show(spec)
with walk:
    window_walk()
with functions:
    function_sheet()
page_reading(__file__)
