"""Gallery: what people found worth keeping."""

import streamlit as st

from dashboard.page_table import script
from dashboard.runs.page import page_head
from dashboard.team.gallery.view import COMPARE, choose_pieces, import_form, show_pieces

page_head(__file__)
if chosen := st.session_state.pop(COMPARE, None):
    st.switch_page(script("side-by-side"), query_params={"left": chosen[0], "right": chosen[1]})
fold = st.expander("Import a result", key="gallery/import", on_change="rerun", icon=":material/upload_file:")
if fold.open:
    with fold:
        import_form()
with st.sidebar:
    facets, text = choose_pieces()
show_pieces(facets, text)
st.page_link(script("lessons"), label="Put results in an order, with words: collections on the page Lessons",
             icon=":material/school:")  # fmt: skip
