"""Home: what this is, one-click starts, what runs now."""

import streamlit as st

from dashboard.job_lists import show_live
from dashboard.starts import show_starts

st.header("A microscope for convolutional networks", anchor=False)
st.caption(
    "Point it at a Keras model: every layer becomes a page with a link. What one person had computed, everybody "
    "else opens at once."
)
show_starts()
show_live()
st.subheader("Where to go", anchor=False)
left, middle, right = st.columns(3)
left.page_link("models.py", label="Models: add yours, see its layers", icon=":material/schema:")
middle.page_link("layer_atlas.py", label="Layer atlas: any layer, any settings", icon=":material/grid_view:")
right.page_link("jobs.py", label="Jobs: what runs, who asked, workers", icon=":material/checklist:")
