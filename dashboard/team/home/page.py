"""Home: what this is, one-click starts, what runs now."""

import streamlit as st

from dashboard.page_table import PAGES
from dashboard.runs.page import page_head
from dashboard.team.home.activity import ask_name, show_activity
from dashboard.team.home.examples import show_starts
from dashboard.team.jobs.lists import show_live

page_head(__file__)
ask_name()
show_starts()
show_live()
show_activity()
st.subheader("All tools", anchor=False)
LINKS = [page for page in PAGES if page.invitation]
# More would cut their words short.
IN_A_ROW = 4
columns = [column for _ in range(0, len(LINKS), IN_A_ROW) for column in st.columns(IN_A_ROW)]
for column, entry in zip(columns, LINKS, strict=False):
    column.page_link(entry.file, label=f"{entry.title}: {entry.invitation}", icon=entry.icon)
