"""All lessons as cards: what each is about, how many steps it has, and how many were seen in this visit."""

import streamlit as st

from dashboard.team.lessons.blocks import PICTURES
from dashboard.team.lessons.catalogue import lessons
from dashboard.team.lessons.lesson import Lesson
from dashboard.team.lessons.steps import go_button, step_query, steps_seen
from dashboard.widgets.text import count

IN_A_ROW = 3


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
                _enter(lesson)


def _enter(lesson: Lesson) -> None:
    """The number of steps, and the link to the first one, or to the one after those that were seen."""
    seen, total = steps_seen(lesson), len(lesson.steps)
    at = min(seen[-1] + 1, total) if seen and len(seen) < total else 1
    words = f"{len(seen)} of {count(total, 'step')} seen" if seen else count(total, "step")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(words)
        label = "Go on" if at > 1 else "Start"
        go_button(f"{label}: {lesson.steps[at - 1].title}", step_query(lesson, at))
