"""Storage: what is kept, what would go first, and how to make room."""

import streamlit as st

from dashboard.runs.page import page_head
from dashboard.team.storage.view import set_budget, show_archive, show_cache

page_head(__file__)
st.subheader("Cache", anchor=False)
show_cache()
set_budget()
st.subheader("Archive", anchor=False)
show_archive()
