"""Lessons: guided paths, step by step, each step with a result in it."""

import streamlit as st

from dashboard.runs.page import page_head
from dashboard.team.lessons.catalogue import lessons
from dashboard.team.lessons.overview import overview
from dashboard.team.lessons.steps import walk

known = lessons()
if chosen := known.get(st.query_params.get("lesson", "")):
    names = list(known)
    after = names.index(chosen.place["lesson"]) + 1
    walk(chosen, known[names[after]] if after < len(names) else None)
else:
    page_head(__file__)
    overview()
