"""What a page is made of: its words, choices on the left; ask, watch and look in the middle.

The page of a kind is one call of run_page(), as in docs/add_an_analysis.md.

The words stand in `reading.md` beside the page: its title, what the method shows and what it does not, and, under "How
to read it", how to read the picture, and the paper. Header, progress, cancel, retry and every error are drawn by
dashboard.runs.view.show().
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard.runs import view as job_view
from dashboard.runs.choices import Choice
from dashboard.runs.notes import notes_fold
from dashboard.runs.other_networks import offer_networks
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.widgets.errors import show_error
from shared.library.notes import run_subject

HOW_TO_READ = "\n## How to read it\n"


@dataclass(frozen=True)
class Words:
    """What a page says about itself.

    Attributes:
        title: of the page.
        sentence: what the method shows and what it does not.
        reading: how to read the picture, as Markdown; "" where nothing needs to be said.
    """

    title: str
    sentence: str
    reading: str


def words_of(page: str | Path) -> Words:
    """The words of a page, from the `reading.md` beside its script."""
    above, _, reading = Path(page).with_name("reading.md").read_text("utf-8").partition(HOW_TO_READ)
    title, _, sentence = above.removeprefix("# ").partition("\n")
    return Words(title, sentence.strip(), reading.strip())


def page_head(page: str) -> None:
    """Draw the title of a page and the sentence under it.

    Args:
        page: its script, `__file__` there.
    """
    words = words_of(page)
    st.header(words.title, anchor=False)
    st.caption(words.sentence)


def page_reading(page: str) -> None:
    """Draw the fold "How to read it", which a page ends with."""
    words = words_of(page)
    fold = st.expander("How to read it", key=f"reading/{words.title}", on_change="rerun")
    if fold.open:  # closed, its text need not be set: the page opens faster
        fold.markdown(words.reading)


def run_page(
    page: str, choose: Callable[[], Choice], view: View, *, empty: str, nothing: str = "Nothing to choose from."
) -> None:
    """Draw a page that shows one kind of run.

    Args:
        page: its script, `__file__` there.
        choose: draws the choices; returns what they stand for.
        view: how the run is drawn.
        empty: what to do while nothing is chosen.
        nothing: what to call it when the choices themselves are missing.
    """
    page_head(page)
    chosen, last = choose(), f"last/{page}"
    if chosen.key:
        job_view.show(chosen.key, chosen.spec, view)
        if get_client().record(chosen.key).kind:
            st.session_state[last] = chosen.key
            notes_fold(run_subject(chosen.key))
    elif chosen.refused:
        show_last(st.session_state.get(last, ""), view)
    elif chosen.lacks:
        chosen.lacks()
    elif chosen.failure:
        show_error(chosen.failure, nothing)
        offer_networks(chosen.failure)
    else:
        st.info(empty, icon=":material/arrow_back:")
    page_reading(page)


def show_last(key: str, view: View) -> None:
    """While a control holds what cannot be, the page keeps showing what it showed before; "" for nothing."""
    until = " Until then this shows the last result." if key else ""
    st.info(f"Correct what is marked on the left.{until}", icon=":material/arrow_back:")
    if key:
        job_view.show(key, None, view)
