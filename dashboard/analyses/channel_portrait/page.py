"""Channel: the address of every channel of every layer, seen through one method after the other."""

import streamlit as st

from dashboard.analyses.channel_portrait.choices import choose, chosen_channel, chosen_lens, plan
from dashboard.analyses.channel_portrait.feature_map import channel_map
from dashboard.analyses.channel_portrait.neighbours import company
from dashboard.analyses.channel_portrait.view import portrait_view
from dashboard.runs import view as job_view
from dashboard.runs.notes import channel_notes
from dashboard.server.connection import get_client
from dashboard.widgets.text import escape

st.header("Channel", anchor=False)
st.caption(
    "One channel of one layer, seen through one method after the other: what excites it most, what silences it, how "
    "differently it can be excited. It does not show all the channel responds to, nor what the network uses it for."
)
chosen = choose()
model, layer, channel = chosen_channel()
if chosen.failure:
    st.error(escape(chosen.failure), icon=":material/error:")
elif not chosen.key:
    st.info("Choose a model and a layer on the left.", icon=":material/arrow_back:")
else:
    if chosen_lens() == "map":
        channel_map(model, layer, channel)
    else:
        job_view.show(chosen.key, chosen.spec, portrait_view(plan(chosen.spec)))
    channel_notes(get_client().models.resolve(model), layer, channel)
    company(get_client(), model, layer, channel)
with st.expander("How to read it"):
    st.markdown(
        "The **portrait** is climbed from a grey start until the channel's mean activation is as large as it gets, "
        "several times, and the best picture is kept. Its number is that mean for the picture as it was climbed "
        "(classic then sets the contrast anew); compare it within a layer and a mode, not between them. The "
        "**opposite** is climbed the other way. Behind a ReLU nothing falls below zero, so the opposite is read before "
        "it. **Facets** are climbed together and lose a share of their objective for being alike: where they differ, "
        "the channel answers to more than one thing. A **dead** channel is one that no start could wake. The "
        "**kernel** is the weights themselves, grey where they are zero: only a first convolution's is a picture. The "
        "**real pictures** are the pieces of a data set that excite it most: they share more than what it looks for, "
        "where the portrait holds that alone. The **map** shows where the channel answers in a photograph. Method: "
        "C. Olah, A. Mordvintsev, L. Schubert, "
        "[*Feature Visualization*](https://distill.pub/2017/feature-visualization/), Distill 2017."
    )
