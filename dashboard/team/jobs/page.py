"""Jobs: every run with its state, and the workers with what they do."""

import streamlit as st

from dashboard.team.jobs.lists import show_runs, show_workers

st.header("Jobs", anchor=False)
st.caption("Runs of the whole team, newest first. A run is computed once, however many people ask for it.")
show_runs()
st.subheader("Workers", anchor=False)
show_workers()
