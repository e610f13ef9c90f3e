"""Training runs: the ladder of a data set, its runs side by side."""

import streamlit as st

from dashboard.runs.page import page_head
from dashboard.server.connection import get_client
from dashboard.team.datasets.list import pick_dataset
from dashboard.team.ladder.start import start_fold
from dashboard.team.ladder.view import show_ladder

client = get_client()
page_head(__file__)
with st.sidebar:
    reference = pick_dataset(client, listed=False)
if reference:
    start_fold(reference, begun=show_ladder(reference))
