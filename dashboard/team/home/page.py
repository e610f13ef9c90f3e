"""Home: what this is, one-click starts, what runs now."""

import streamlit as st

from dashboard.page_table import PAGES
from dashboard.runs.page import page_head
from dashboard.team.home.activity import ask_name, show_activity
from dashboard.team.home.examples import show_starts
from dashboard.team.jobs.lists import show_live
from dashboard.widgets.address import UNKNOWN
from dashboard.widgets.text import escape

page_head(__file__)
if unknown := st.query_params.get(UNKNOWN, ""):
    st.warning(f"There is no page at /{escape(unknown[:80])}. This is Home: the menu has all pages, and Search finds "
               "results by name.", icon=":material/wrong_location:")  # fmt: skip
show_starts()
show_live()
ask_name()
show_activity()
st.subheader("All tools", anchor=False)
LINKS = [page for page in PAGES if page.invitation]
# More would cut their words short.
IN_A_ROW = 4
columns = [column for _ in range(0, len(LINKS), IN_A_ROW) for column in st.columns(IN_A_ROW)]
for column, entry in zip(columns, LINKS, strict=False):
    column.page_link(entry.file, label=f"{entry.title}: {entry.invitation}", icon=entry.icon)
