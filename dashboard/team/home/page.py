"""Home: what this is, one-click starts, what runs now."""

import streamlit as st

from dashboard.page_table import page_at
from dashboard.runs.page import page_head
from dashboard.team.home.examples import show_starts
from dashboard.team.jobs.lists import show_live

page_head(__file__)
show_starts()
show_live()
st.subheader("Where to go", anchor=False)
LINKS = (
    ("models", "Models: add yours, see its layers"),
    ("activations", "Activations: a picture through a network"),
    ("heat-maps", "Heat maps: why this class, and where"),
    ("atlas", "Layer atlas: what each filter wants"),
    ("training", "Training: a network of your own"),
    ("playground", "Playground: stages of your own"),
    ("gallery", "Gallery: what people kept"),
    ("jobs", "Jobs: what runs, who asked, workers"),
)
# More would cut their words short.
IN_A_ROW = 4
columns = [*st.columns(IN_A_ROW), *st.columns(IN_A_ROW)]
for column, (path, label) in zip(columns, LINKS, strict=True):
    column.page_link(page_at(path).file, label=label, icon=page_at(path).icon)
