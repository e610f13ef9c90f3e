"""Side by side: two results with one zoom for both."""

import streamlit as st

from dashboard.runs.page import page_head
from dashboard.team.side_by_side.comparison import choose_side, draw_both

page_head(__file__)
left, right = st.columns(2, gap="medium")
with left:
    first = choose_side("left")
with right:
    second = choose_side("right")
draw_both(first, second)
