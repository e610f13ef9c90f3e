"""A lesson on the page: where one is, the step's words on the left, what it shows on the right, and the way on."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboard.runs.header import header_line
from dashboard.server.connection import get_client
from dashboard.team.home.examples import imagenet_references
from dashboard.team.lessons.blocks import show_blocks, shown_blocks
from dashboard.team.lessons.lesson import Block, Lesson, Step
from dashboard.team.lessons.way_back import PATH, place_words
from dashboard.widgets.text import count, escape

SEEDED, SEEN = f"{PATH}/seeded", f"{PATH}/seen"
# Cards of lessons beside each other.
IN_A_ROW = 3


def step_query(lesson: Lesson, number: int, blocks: list[Block] | None = None) -> dict[str, str]:
    """Parameters of a step's address: the step, and how its result is looked at.

    Args:
        lesson: which.
        number: of the step, from 1.
        blocks: those that are shown; by default all.
    """
    view = {name: value for block in blocks or lesson.steps[number - 1].blocks for name, value in block.view.items()}
    return {**lesson.place, "step": str(number), **view}


def step_number(lesson: Lesson) -> int:
    """The step that the address names; the first one where it names none."""
    text = st.query_params.get("step", "")
    return min(int(text), len(lesson.steps)) if text.isdigit() and int(text) > 0 else 1


def steps_seen(lesson: Lesson) -> list[int]:
    """Steps that were opened in this visit, sorted."""
    return sorted(st.session_state.get(SEEN, {}).get(tuple(lesson.place.items()), ()))


def walk(lesson: Lesson, following: Lesson | None) -> None:
    """Draw the step that the address names.

    Args:
        lesson: which.
        following: where the last step leads to; None for back to all lessons.
    """
    number, imagenet = step_number(lesson), imagenet_references(get_client())
    step, place = lesson.steps[number - 1], tuple(lesson.place.items())
    _seed(lesson, number, shown_blocks(step.blocks, imagenet)[0])
    st.session_state.setdefault(SEEN, {}).setdefault(place, set()).add(number)
    with st.sidebar:
        _contents(lesson, number)
    total = len(lesson.steps)
    link = urlencode({**lesson.place, "step": number})
    header_line([lesson.title, f"step {number} of {total}"], link=f"/{PATH}?{link}")
    st.progress(number / total)
    left, right = st.columns([2, 5], gap="large") if step.blocks else (st.container(), None)
    with left:
        st.header(f"{number}. {escape(step.title)}", anchor=False)
        _words(step, f"{place}/{number}")
        _way_on(lesson, number, following)
    if right is not None:
        with right:
            show_blocks(step.blocks, imagenet, place_words(lesson, number))


def _seed(lesson: Lesson, number: int, blocks: list[Block]) -> None:
    """Add the view to an address that names the step alone; once, or Back would never lead past it."""
    seeded: set[object] = st.session_state.setdefault(SEEDED, set())
    wanted = step_query(lesson, number, blocks)
    at = (tuple(lesson.place.items()), number)
    if at not in seeded and not (wanted.keys() - {*lesson.place, "step"}) & st.query_params.to_dict().keys():
        st.query_params.from_dict({**st.query_params.to_dict(), **wanted})
    seeded.add(at)


def _contents(lesson: Lesson, number: int) -> None:
    go_button("All lessons", {}, icon=":material/school:", type="tertiary")
    st.caption(escape(lesson.title))
    seen = steps_seen(lesson)
    for n, step in enumerate(lesson.steps, 1):
        icon = "arrow_right" if n == number else "check" if n in seen else "radio_button_unchecked"
        go_button(f"{n}. {step.title}", step_query(lesson, n), icon=f":material/{icon}:", type="tertiary",
                  disabled=n == number)  # fmt: skip


def _words(step: Step, key: str) -> None:
    st.markdown(step.text)
    if step.notice:
        st.markdown(f"**What to notice.** {step.notice}")
    if step.question:
        st.markdown(f"**Question.** {step.question}")
        with st.expander("Answer", key=f"answer/{key}"):
            st.markdown(step.answer)


def _way_on(lesson: Lesson, number: int, following: Lesson | None) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        if number > 1:
            go_button("Back", step_query(lesson, number - 1), icon=":material/arrow_back:")
        if number < len(lesson.steps):
            words, query = f"Next: {lesson.steps[number].title}", step_query(lesson, number + 1)
        elif following is not None:
            words, query = f"Next lesson: {following.title}", step_query(following, 1)
        else:
            words, query = "All lessons, again", {}
        go_button(words, query, icon=":material/arrow_forward:", icon_position="right", type="primary")


def enter(lesson: Lesson, key: str = "") -> None:
    """How many steps a lesson has, and the button to the first one, or to the one after those that were seen.

    Args:
        lesson: which.
        key: of the button; by default what it says.
    """
    seen, total = steps_seen(lesson), len(lesson.steps)
    at = min(seen[-1] + 1, total) if seen and len(seen) < total else 1
    words = f"{len(seen)} of {count(total, 'step')} seen" if seen else count(total, "step")
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.caption(words)
        label = "Go on" if at > 1 else "Start"
        go_button(f"{label}: {lesson.steps[at - 1].title}", step_query(lesson, at), key)


def go_button(label: str, query: Mapping[str, str], key: str = "", **look: Any) -> None:
    """A button to another step: one entry in the browser's history, and the address is the step's.

    Not st.page_link: on the page that it leads to, it leaves the address as it is.

    Args:
        label: plain text.
        query: of the address that it leads to.
        key: of the button; by default its label.
        look: what else st.button() takes.
    """
    key = f"{PATH}/go/{key or label}"
    st.button(escape(label), key=key, on_click=st.query_params.from_dict, args=(dict(query),), **look)
