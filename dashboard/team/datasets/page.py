"""Data sets: add, check, and look at what a network would learn from."""

import streamlit as st

from dashboard.runs.header import header_line
from dashboard.runs.page import page_head
from dashboard.server.connection import get_client
from dashboard.team.datasets.forms import ADDED, add_dataset_form
from dashboard.team.datasets.list import change_names, pick_dataset
from dashboard.team.datasets.view import show_dataset, train_on
from dashboard.widgets.dataset_choice import dataset_title

client = get_client()
page_head(__file__)
fold = st.expander("Add a data set", key="datasets/add", on_change="rerun", icon=":material/upload_file:")
if fold.open:
    with fold:
        add_dataset_form()
if added := st.session_state.pop(ADDED, None):
    st.success("Added. It is on every list of data sets by this name.", icon=":material/check:")
    st.code(added, language=None)
with st.sidebar:
    reference = pick_dataset(client)
    change_names(client, reference)
if reference:
    header_line(["Data sets", dataset_title(reference, client.datasets.names())], [reference[:19]])
    train_on(reference)
    show_dataset(reference)
