"""Channel: the address of every channel of every layer, seen through one method after the other."""

import streamlit as st

from dashboard.analyses.channel_portrait.choices import choose, chosen_channel, chosen_lens
from dashboard.analyses.channel_portrait.feature_map import channel_map
from dashboard.analyses.channel_portrait.neighbours import company
from dashboard.analyses.channel_portrait.view import show_portrait
from dashboard.runs.notes import channel_notes
from dashboard.runs.page import page_head, page_reading
from dashboard.server.connection import get_client
from dashboard.widgets.errors import show_error

page_head(__file__)
chosen = choose()
model, layer, channel = chosen_channel()
if chosen.failure:
    show_error(chosen.failure)
    if chosen.key:  # a portrait from elsewhere, whose network is not here
        show_portrait(chosen, chosen_lens())
elif not chosen.key:
    st.info("Choose a model and a layer on the left.", icon=":material/arrow_back:")
else:
    if chosen_lens() == "map":
        channel_map(model, layer, channel)
    else:
        show_portrait(chosen, chosen_lens())
    channel_notes(get_client().models.resolve(model), layer, channel)
    company(get_client(), model, layer, channel)
page_reading(__file__)
