"""The way back: a step that leads to another page names itself in that page's address."""

import streamlit as st

from dashboard.page_table import script
from dashboard.team.lessons.lesson import Lesson

# Name of the parameter, in the addresses of other pages: "lesson.convolution-layer.3", "collection.0123abcd.1".
BACK = "from"
PATH = "lessons"
KINDS = ("lesson", "collection")


def place_words(lesson: Lesson, number: int) -> str:
    """A step, as another page's address names it."""
    (name, value), *_ = lesson.place.items()
    return f"{name}.{value}.{number}"


def way_back() -> None:
    """Draw the link back, on a page whose address names a step."""
    kind, _, rest = st.query_params.get(BACK, "").partition(".")
    value, _, number = rest.rpartition(".")
    if kind in KINDS and value and number.isdigit():
        st.page_link(script(PATH), label=f"Back to the {kind}, step {number}", icon=":material/arrow_back:",
                     query_params={kind: value, "step": number})  # fmt: skip
