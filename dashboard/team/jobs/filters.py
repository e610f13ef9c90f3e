"""The filters above the list of runs: words, state, kind, person. The address remembers them."""

import streamlit as st

from dashboard.widgets.address import remember
from shared.analyses import kind_title
from shared.store import Listing

STATES = {"All": "", "Live": "live", "Complete": "complete", "Failed": "failed", "Cancelled": "cancelled"}


def choose_runs(listing: Listing) -> tuple[dict[str, str], str]:
    """Draw the filters.

    Returns:
        Facets of the listing, and the words that were typed.
    """
    _follow_address()
    search, kind, by = st.columns([3, 2, 2], vertical_alignment="bottom")
    text = search.text_input("Search", key="jobs/text", placeholder="vgg16, block3, mira ...", on_change=_first_page)
    kinds, people = listing.values("kind"), listing.values("by")
    with kind:
        chosen_kind = _one_of("kind", "Kind", kinds, {value: kind_title(value) for value in kinds})
    with by:
        person = _one_of("by", "Asked by", people, {value: value for value in people})
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        state = st.segmented_control("State", list(STATES), key="jobs/state", label_visibility="collapsed",
                                     required=True, on_change=_first_page) or "All"  # fmt: skip
        trials = st.toggle("Show playground runs", key="jobs/trials", on_change=_first_page,
                           help="Every changed control there is a run of its own.")  # fmt: skip
    remember({"text": text or None, "state": None if state == "All" else state, "trials": "1" if trials else None,
              "kind": chosen_kind or None, "by": person or None})  # fmt: skip
    facets = {"state": STATES[state], "kind": chosen_kind, "by": person, "trial": "" if trials else "no"}
    return {name: value for name, value in facets.items() if value}, text


def _one_of(name: str, label: str, counts: dict[str, int], titles: dict[str, str]) -> str:
    key = f"jobs/{name}"
    options = ["", *counts]
    if st.session_state.get(key) not in options:
        st.session_state[key] = ""
    return st.selectbox(label, options, key=key, on_change=_first_page,
                        format_func=lambda v: f"{titles[v] or 'somebody'} ({counts[v]:,})" if v else "all")  # fmt: skip


def _follow_address() -> None:
    query = st.query_params
    st.session_state.setdefault("jobs/text", query.get("text", ""))
    wanted = query.get("state", "All")
    st.session_state.setdefault("jobs/state", wanted if wanted in STATES else "All")
    st.session_state.setdefault("jobs/trials", query.get("trials") == "1")
    for name in ("kind", "by"):
        st.session_state.setdefault(f"jobs/{name}", query.get(name, ""))


def _first_page() -> None:
    st.session_state["jobs/page"] = 1
