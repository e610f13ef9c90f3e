"""Films: a network while it learns, epoch by epoch."""

import streamlit as st

from dashboard.runs.page import page_head, page_reading
from dashboard.team.films.view import show_film, show_films
from dashboard.widgets.address import remember

page_head(__file__)
if name := st.query_params.get("film", ""):
    if st.button("All films", icon=":material/arrow_back:"):
        remember({"film": None}, step=True)
        st.rerun()
    show_film(name)
    page_reading(__file__)
else:
    show_films()
