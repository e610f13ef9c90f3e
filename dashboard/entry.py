"""What runs at every visit: navigation, permalinks, and the banner while the store is away."""

from typing import Any

import streamlit as st

from dashboard.page_table import PAGES
from dashboard.server.connection import check_store, explaining_errors
from dashboard.server.sign_in import enter
from dashboard.team.lessons.way_back import way_back
from dashboard.team.search.box import search_box
from dashboard.widgets.address import follow_permalink, note_arrival
from dashboard.widgets.browser_elements import assets
from dashboard.widgets.control_values import values_said_again
from dashboard.widgets.current import keep_for_next_visit

# A picture of ours, for a Material symbol would be fetched from another host.
st.set_page_config(page_title="Convscope", page_icon=str(assets()["icon.svg"]), layout="wide")
enter()
pages: dict[str, list[Any]] = {}
for p in PAGES:
    entry = st.Page(p.file, title=p.title, url_path=p.path, icon=p.icon, default=not p.path)
    pages.setdefault(p.group, []).append(entry)
page = st.navigation(pages, position="top")
note_arrival(page.url_path)
follow_permalink(page.url_path)
st.logo(str(assets()["logo.svg"]), size="large")
with values_said_again(page.url_path), explaining_errors():
    check_store()
    search_box()
    way_back()
    page.run()
    keep_for_next_visit()
