"""Jobs: every run with its state, and the workers with what they do."""

import streamlit as st

from dashboard.runs.page import page_head
from dashboard.team.jobs.lists import show_runs, show_workers

page_head(__file__)
st.subheader("Workers", anchor=False)
show_workers()
st.subheader("Runs", anchor=False)
show_runs()
