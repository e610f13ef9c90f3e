"""Side by side: two results with one zoom for both."""

import streamlit as st

from dashboard.team.side_by_side.comparison import choose_side, draw_both

st.header("Side by side", anchor=False)
st.caption("Two results under one magnifying glass: what you zoom or move on one side, the other follows. Alike "
           "pictures need not come from alike networks; look at what made them below.")  # fmt: skip
left, right = st.columns(2, gap="medium")
with left:
    first = choose_side("left")
with right:
    second = choose_side("right")
draw_both(first, second)
