"""Lessons: guided paths, step by step, each step with a result in it; and collections, those that people here made."""

import streamlit as st

from dashboard.runs.page import page_head
from dashboard.team.lessons.catalogue import lessons
from dashboard.team.lessons.collection import EDIT, collection_cards, show_collection
from dashboard.team.lessons.collection_editor import edit_collection
from dashboard.team.lessons.overview import overview
from dashboard.team.lessons.steps import walk

known = lessons()
if chosen := known.get(st.query_params.get("lesson", "")):
    names = list(known)
    after = names.index(chosen.place["lesson"]) + 1
    walk(chosen, known[names[after]] if after < len(names) else None)
elif edited := st.query_params.get(EDIT, ""):
    edit_collection(edited)
elif collection := st.query_params.get("collection", ""):
    show_collection(collection)
else:
    page_head(__file__)
    overview()
    collection_cards()
