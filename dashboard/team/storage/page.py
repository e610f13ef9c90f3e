"""Storage: what is kept, what would go first, and how to make room."""

import streamlit as st

from dashboard.team.storage.view import set_budget, show_archive, show_cache

st.header("Storage", anchor=False)
st.caption("The cache holds results until its budget is full; the archive holds what was pinned or shared. Queue and "
           "records of runs are counted in neither.")  # fmt: skip
st.subheader("Cache", anchor=False)
show_cache()
set_budget()
st.subheader("Archive", anchor=False)
show_archive()
