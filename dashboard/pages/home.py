"""Home: what this is, one-click starts, what runs now."""

import streamlit as st

from dashboard.job_lists import show_live
from dashboard.page_table import PAGES
from dashboard.starts import show_starts

st.header("A microscope for convolutional networks", anchor=False)
st.caption(
    "Point it at a Keras model: every layer becomes a page with a link. What one person had computed, everybody "
    "else opens at once."
)
show_starts()
show_live()
st.subheader("Where to go", anchor=False)
LINKS = (
    ("models.py", "Models: add yours, see its layers"),
    ("activations.py", "Activations: a picture through a network"),
    ("heat_maps.py", "Heat maps: why this class, and where"),
    ("layer_atlas.py", "Layer atlas: what each filter wants"),
    ("training.py", "Training: a network of your own"),
    ("playground.py", "Playground: stages of your own"),
    ("gallery.py", "Gallery: what people kept"),
    ("jobs.py", "Jobs: what runs, who asked, workers"),
)
# More would cut their words short.
IN_A_ROW = 4
icons = {page.file: page.icon for page in PAGES}
columns = [*st.columns(IN_A_ROW), *st.columns(IN_A_ROW)]
for column, (file, label) in zip(columns, LINKS, strict=True):
    column.page_link(file, label=label, icon=icons[file])
