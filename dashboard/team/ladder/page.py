"""Training runs: the ladder of a data set, its runs side by side."""

import streamlit as st

from dashboard.server.connection import get_client
from dashboard.team.datasets.list import pick_dataset
from dashboard.team.ladder.start import climb
from dashboard.team.ladder.view import show_ladder

client = get_client()
st.header("Training runs", anchor=False)
st.caption("The book's ladder on one data set: how far each strategy comes, and what each rung adds. Runs with other "
           "settings, or another seed, come out otherwise; a difference of a point or two may be luck.")  # fmt: skip
with st.sidebar:
    reference = pick_dataset(client, listed=False)
if reference:
    climb(reference, begun=show_ladder(reference))
