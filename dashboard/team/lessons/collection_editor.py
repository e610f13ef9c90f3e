"""A collection is changed: its words, its steps and their order, and its end. Every change is kept at once."""

import streamlit as st

from dashboard.runs.header import header_line
from dashboard.server.connection import explaining_errors, get_client
from dashboard.team.lessons.collection import step_picture, step_title
from dashboard.team.lessons.steps import go_button
from dashboard.team.lessons.way_back import PATH
from dashboard.widgets.address import remember
from dashboard.widgets.text import escape
from shared.client import Client
from shared.library.collections import LONGEST_TEXT, LONGEST_TITLE, Collection, CollectionStep
from shared.library.titles import run_title, titles_of

# Pinned results that can be chosen from; older ones come in by their own page.
OFFERED = 200
MARKDOWN = "Bold, *italics*, `code`, lists and links to https:// addresses; an empty line begins a paragraph."


def edit_collection(name: str) -> None:
    """Draw the editor of one collection, for whoever may change it."""
    with explaining_errors():
        client = get_client()
        collection = client.collections.get(name)
        with st.sidebar:
            go_button("All lessons", {}, icon=":material/school:", type="tertiary")
        header_line([collection.title, "edit"], link=f"/{PATH}?collection={name}&step=1")
        if not client.collections.may_change(collection):
            st.info(f"Only {escape(collection.by)} and administrators can change this collection.",
                    icon=":material/lock:")  # fmt: skip
            go_button("See the collection", {"collection": name})
            return
        _words(client, collection)
        st.subheader("Steps", anchor=False)
        for number, step in enumerate(collection.steps, 1):
            _step(client, collection, number, step)
        _add(client, collection)
        _deletion(client, collection)


def _words(client: Client, collection: Collection) -> None:
    with st.form(f"{PATH}/words/{collection.id}", border=False):
        title = st.text_input("Title", collection.title, max_chars=LONGEST_TITLE)
        text = st.text_area("What it is about", collection.text, max_chars=LONGEST_TEXT, help=MARKDOWN)
        saved = st.form_submit_button("Save title and text")
    if collection.steps:
        go_button("See it as a lesson", {"collection": collection.id, "step": "1"}, icon=":material/school:",
                  type="primary")  # fmt: skip
    if saved:
        with explaining_errors():
            client.collections.rewrite(collection.id, title, text)
            st.rerun()


def _step(client: Client, collection: Collection, number: int, step: CollectionStep) -> None:
    title, key = step_title(client, step), f"{PATH}/{collection.id}/{step.id}"
    with st.container(border=True):
        left, right = st.columns([1, 5], vertical_alignment="center")
        if picture := step_picture(client, step):
            left.image(picture, alt=title, width=140)
        with right:
            st.markdown(f"**{number}. {escape(title)}**")
            with st.container(horizontal=True):
                _order(client, collection, number, step, key)
        fold = st.expander(f"Words of step {number}", key=f"{key}/fold", on_change="rerun", icon=":material/edit_note:")
        if fold.open:
            with fold:
                _step_words(client, collection, step, title, key)


def _order(client: Client, collection: Collection, number: int, step: CollectionStep, key: str) -> None:
    last = len(collection.steps)
    ways = (("Up", "Move this step up", number - 2, 1), ("Down", "Move this step down", number, last))
    for label, words, to, end in ways:
        if st.button(label, key=f"{key}/{label}", icon=f":material/arrow_{label.lower()}ward:", disabled=number == end,
                     help=words):  # fmt: skip
            with explaining_errors():
                client.collections.move_step(collection.id, step.id, to)
                st.rerun()
    with st.popover("Take out", icon=":material/close:"):
        st.markdown("Its words go with it; the result stays in the gallery.")
        if st.button(f"Take step {number} out", key=f"{key}/out"):
            with explaining_errors():
                client.collections.remove_step(collection.id, step.id)
                st.rerun()


def _step_words(client: Client, collection: Collection, step: CollectionStep, title: str, key: str) -> None:
    with st.form(f"{key}/words", border=False):
        given = st.text_input("Title of the step", step.title, max_chars=LONGEST_TITLE, placeholder=title)
        text = st.text_area("Text", step.text, max_chars=LONGEST_TEXT, help=MARKDOWN)
        question = st.text_area("Question, if there is one", step.question, max_chars=LONGEST_TEXT, height=68)
        answer = st.text_area("Its answer", step.answer, max_chars=LONGEST_TEXT, height=68,
                              help="Folded away until somebody opens it.")  # fmt: skip
        if st.form_submit_button("Save the step", type="primary"):
            with explaining_errors():
                client.collections.rewrite_step(collection.id, step.id, title=given, text=text, question=question,
                                                answer=answer)  # fmt: skip
                st.rerun()


def _add(client: Client, collection: Collection) -> None:
    """A pinned result comes in behind the last step."""
    gallery, titles = client.results.gallery, titles_of(client.library)
    keys = gallery.find(count=OFFERED).keys
    if not keys:
        st.info("The gallery is empty. Pin a finished result first, with **Pin** above it; the same dialog puts it "
                "into this collection.", icon=":material/keep:")  # fmt: skip
        return
    pieces = {key: piece for key in keys if (piece := gallery.get(key))}
    runs = dict(zip(pieces, client.records.get_many([*pieces]), strict=True))

    def words(key: str) -> str:
        return f"{pieces[key].title or run_title(runs[key], titles)} · {key[-8:]}"

    left, right = st.columns([4, 1], vertical_alignment="bottom")
    chosen = left.selectbox("A result of the gallery", list(pieces), format_func=words, key=f"{PATH}/piece",
                            help="Pin above a result puts it into a collection as well, as you see it.")  # fmt: skip
    if right.button("Add as a step", icon=":material/add:", width="stretch", type="primary"):
        with explaining_errors():
            client.collections.add(collection.id, chosen)
            st.rerun()


def _deletion(client: Client, collection: Collection) -> None:
    fold = st.expander("Delete this collection", key=f"{PATH}/delete/{collection.id}", on_change="rerun",
                       icon=":material/delete:")  # fmt: skip
    if not fold.open:
        return
    with fold:
        st.markdown("Its words and its link go. The results stay in the gallery.")
        sure = st.checkbox(f"I want to delete {escape(collection.title)}", key=f"{PATH}/sure/{collection.id}")
        if st.button("Delete", disabled=not sure, icon=":material/delete:"):
            with explaining_errors():
                client.collections.delete(collection.id)
                remember({"edit": None}, step=True)
                st.rerun()
