"""The skeleton of a page that shows one kind of run: choices on the left; ask, watch and look in the middle.

A new page is one call, and the functions that it names are its own modules:

    run_page(
        "DeepDream", "One sentence: what the method shows, and what it does not.",
        choose,                          # draws the choices in the sidebar; see dashboard.runs.choices
        lambda chosen: dream_view(),     # how the job view draws the run; see dashboard.runs.view.View
        empty="Choose a model and a picture on the left.",
        reading="How to read the picture, and the paper.",
    )

Progress, cancel, retry, recompute and every error are drawn by the job view.
"""

from collections.abc import Callable

import streamlit as st

from dashboard.runs import view as job_view
from dashboard.runs.choices import Chosen
from dashboard.runs.notes import notes_fold
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.widgets.text import escape
from shared.library.notes import run_subject


def run_page(
    title: str,
    sentence: str,
    choose: Callable[[], Chosen],
    view: Callable[[Chosen], View],
    *,
    empty: str,
    reading: str,
    nothing: str = "Nothing to choose from.",
) -> None:
    """Draw the page.

    Args:
        title: of the page.
        sentence: what the method shows and what it does not.
        choose: draws the choices; returns what they stand for.
        view: how the run is drawn.
        empty: what to do while nothing is chosen.
        reading: how to read the picture, as Markdown.
        nothing: what to call it when the choices themselves are missing.
    """
    st.header(title, anchor=False)
    st.caption(sentence)
    chosen = choose()
    if chosen.key:
        job_view.show(chosen.key, chosen.spec, view(chosen))
        if get_client().record(chosen.key).kind:
            st.session_state[_last(title)] = chosen.key
            notes_fold(run_subject(chosen.key))
    elif chosen.refused:
        _show_last(title, view)
    elif chosen.failure:
        st.error(f"**{nothing}** {escape(chosen.failure)}", icon=":material/error:")
    else:
        st.info(empty, icon=":material/arrow_back:")
    fold = st.expander("How to read it", key=f"reading/{title}", on_change="rerun")
    if fold.open:  # closed, its text need not be set: the page opens faster
        fold.markdown(reading)


def _last(title: str) -> str:
    return f"last/{title}"


def _show_last(title: str, view: Callable[[Chosen], View]) -> None:
    """While a control holds what cannot be, the page keeps showing what it showed before."""
    last = st.session_state.get(_last(title), "")
    until = " Until then this shows the last result." if last else ""
    st.info(f"Mend what is marked on the left.{until}", icon=":material/arrow_back:")
    if last:
        job_view.show(last, None, view(Chosen(last)))
