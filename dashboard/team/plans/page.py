"""Plans: many runs as one, with one progress, one cancel, one resume."""

import streamlit as st

from dashboard.runs.page import page_head
from dashboard.team.plans.form import made_plan, new_plan
from dashboard.team.plans.view import show_plan, show_plans
from dashboard.widgets.address import remember

page_head(__file__)
if made := made_plan():
    remember({"plan": made["plan"], "from": None}, step=True)
name = st.query_params.get("plan", "")
if name:
    if st.button("All plans", icon=":material/arrow_back:"):
        remember({"plan": None}, step=True)
        st.rerun()
    show_plan(name)
else:
    fold = st.expander("A new plan", key="plans/new", on_change="rerun", icon=":material/add:",
                       expanded="from" in st.query_params)  # fmt: skip
    if fold.open:
        with fold:
            new_plan()
    show_plans()
