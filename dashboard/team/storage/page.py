"""Storage: what is kept, what would go first, and how to make room."""

import streamlit as st

from dashboard.runs.page import page_head
from dashboard.team.storage.own import show_own_results, show_share
from dashboard.team.storage.view import confirm_deletion, set_budget, show_archive, show_cache

page_head(__file__)
st.subheader("Yours", anchor=False)
show_share()
show_own_results()
st.subheader("Cache", anchor=False)
show_cache()
set_budget()
st.subheader("Archive", anchor=False)
show_archive()
confirm_deletion()
