"""A collection as a lesson: what people here wrote, made safe for the page, and the cards on the page Lessons."""

import io

import streamlit as st
from PIL import Image

from dashboard.runs.header import header_line
from dashboard.server.connection import explaining_errors, get_client
from dashboard.team.lessons.lesson import Block, Lesson, Step
from dashboard.team.lessons.steps import IN_A_ROW, enter, go_button, walk
from dashboard.team.lessons.way_back import PATH
from dashboard.widgets.address import remember
from dashboard.widgets.drawing import thumbnail_jpeg
from dashboard.widgets.safe_markdown import safe_markdown
from dashboard.widgets.text import escape
from shared.client import Client
from shared.library.collections import LONGEST_TITLE, Collection, CollectionStep
from shared.library.titles import run_title, titles_of

# Names of an address that say where one is; none of them is a way to look at a result.
PLACES = frozenset({"collection", "lesson", "step", "edit", "run", "from"})
EDIT = "edit"
# Of a card, in the shape of the other lessons' ones.
WIDTH, HEIGHT = 320, 160


def step_title(client: Client, step: CollectionStep) -> str:
    """What a step is called: as somebody wrote, else as its result is in the gallery, else as its run."""
    if step.title:
        return step.title
    piece, run = client.results.gallery.get(step.key), client.record(step.key)
    named = piece.title if piece else ""
    return named or (run_title(run, titles_of(client.library)) if run.kind else "Deleted result")


def lesson_of(client: Client, collection: Collection) -> Lesson:
    """The collection as the page walks it."""
    steps = []
    for step in collection.steps:
        view = {name: value for name, value in step.view.items() if name not in PLACES}
        words = [safe_markdown(text) for text in (step.text, step.question, step.answer)]
        text, question, answer = words
        steps.append(
            Step(step_title(client, step), text, "", question, answer, (Block("key", (step.key,), view=view),))
        )
    return Lesson({"collection": collection.id}, collection.title, safe_markdown(collection.text), tuple(steps))


def show_collection(name: str) -> None:
    """Draw the step that the address names, and for whoever may change the collection the way to do so."""
    with explaining_errors():
        client = get_client()
        collection = client.collections.get(name)
        if collection.steps:
            walk(lesson_of(client, collection), None)
        else:
            _empty(collection)
        if client.collections.may_change(collection):
            with st.sidebar:
                go_button("Edit this collection", {EDIT: name}, icon=":material/edit:")


def _empty(collection: Collection) -> None:
    header_line([collection.title, "no step yet"], link=f"/{PATH}?collection={collection.id}")
    st.info("This collection has no step yet. Whoever made it can add pinned results to it.",
            icon=":material/collections:")  # fmt: skip
    go_button("All lessons", {}, icon=":material/school:")


def collection_cards() -> None:
    """All collections as cards, and a form that makes one."""
    client = get_client()
    st.subheader("Collections", anchor=False)
    st.caption("Lessons that people here made: pinned results in an order, with a text, a question and its answer.")
    found = client.collections.all()
    for start in range(0, len(found), IN_A_ROW):
        for column, one in zip(st.columns(IN_A_ROW), found[start : start + IN_A_ROW], strict=False):
            with column.container(border=True, height="stretch", vertical_alignment="distribute"):
                _card(client, one)
    _new_collection(client)


def _card(client: Client, collection: Collection) -> None:
    with st.container():
        if picture := next(filter(None, (step_picture(client, step) for step in collection.steps)), b""):
            cut = thumbnail_jpeg(Image.open(io.BytesIO(picture)), WIDTH, HEIGHT)
            st.image(cut, alt="", width="stretch")
        st.markdown(f"**{escape(collection.title)}**")
        st.caption(safe_markdown(collection.text))
        st.caption(f"by {escape(collection.by or 'somebody')}")
    if collection.steps:
        enter(lesson_of(client, collection), collection.id)
    elif client.collections.may_change(collection):
        go_button("Add steps", {EDIT: collection.id}, collection.id)
    else:
        st.caption("No step yet.")


def step_picture(client: Client, step: CollectionStep) -> bytes:
    """The small picture of a step's result, as the gallery has it; b"" for none."""
    piece = client.results.gallery.get(step.key)
    return client.library.files.read(piece.thumbnail) if piece and piece.thumbnail else b""


def _new_collection(client: Client) -> None:
    with st.form(f"{PATH}/new", border=False):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        title = left.text_input("Title of a new collection", max_chars=LONGEST_TITLE, placeholder="Week 3: edges")
        if right.form_submit_button("New collection", icon=":material/add:", width="stretch"):
            with explaining_errors():
                made = client.collections.make(title)
                remember({EDIT: made.id}, step=True)
                st.rerun()
