"""All lessons as cards: what each is about, how many steps it has, and how many were seen in this visit."""

import streamlit as st

from dashboard.team.lessons.blocks import PICTURES
from dashboard.team.lessons.catalogue import lessons
from dashboard.team.lessons.steps import IN_A_ROW, enter


def overview() -> None:
    """Draw the cards."""
    shown = list(lessons().items())
    for start in range(0, len(shown), IN_A_ROW):
        for column, (name, lesson) in zip(st.columns(IN_A_ROW), shown[start : start + IN_A_ROW], strict=False):
            with column.container(border=True, height="stretch", vertical_alignment="distribute"):
                with st.container():
                    st.image(str(PICTURES / f"card-{name}.jpg"), alt="", width="stretch")
                    st.markdown(f"**{lesson.title}**")
                    st.caption(lesson.about)
                enter(lesson)
