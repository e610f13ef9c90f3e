"""Models: add, list, and what layers each has."""

import streamlit as st

from dashboard.analyses.inspect_model.model_lists import (
    add_model_form,
    change_names,
    class_names,
    pick_model,
    show_code,
    show_named_models,
    ways_in,
)
from dashboard.analyses.inspect_model.view import VIEW, show_layers, ways_on
from dashboard.runs.notes import notes_fold
from dashboard.runs.other_networks import offer_networks
from dashboard.runs.page import page_head, page_reading
from dashboard.runs.view import run_header
from dashboard.server.connection import get_client
from dashboard.widgets.errors import show_error
from dashboard.widgets.layer_choice import inspect, wait_for_layers
from dashboard.widgets.text import escape
from shared.errors import WeightsUnavailable
from shared.library.notes import model_subject

client = get_client()
page_head(__file__)
with st.sidebar:
    model = pick_model(client)
    show_named_models(client)
    change_names(client, model)
fold = st.expander("Add a model", key="models/add", on_change="rerun", icon=":material/upload_file:")
if fold.open:
    with fold:
        add_model_form()
# It stays for as long as its model is looked at.
if (added := st.session_state.get("models/added")) and added[0] == model:
    _, name, words = added
    st.success(f"Added. {escape(words)}.", icon=":material/check:")
    st.code(name, language=None)
    for note in st.session_state.get("models/notes", ()):
        st.info(escape(note), icon=":material/label:")
try:
    inspection = inspect(client, model)
except WeightsUnavailable as error:
    show_error(str(error))
    offer_networks(str(error))
    st.stop()
if not inspection.facts:
    st.subheader("Layers", anchor=False)
    if inspection.run.error:
        show_error(inspection.run.error)
    wait_for_layers(inspection)
else:
    run_header(inspection.run, VIEW)
    show_code(client, model)
    middle, right = st.columns([3, 1], gap="medium")
    with middle:
        row = show_layers(inspection.run, model, inspection.layers())
    with right:
        ways_on(row, model)
        ways_in(inspection)
        class_names(inspection)
    notes_fold(model_subject(client.models.resolve(model)))

page_reading(__file__)
