"""What helps where a network's weights are missing: the bundled network, or a file of the weights."""

import streamlit as st

from dashboard.page_table import script
from dashboard.server.connection import get_client
from dashboard.widgets.address import go_to
from dashboard.widgets.current import weights_missing
from dashboard.widgets.layer_choice import MISSING
from shared.library.bundled import BUNDLED, PREFIX, STAND_IN


def lacks_weights(model: object) -> bool:
    """Whether a run's network cannot be had; the buttons are drawn then. False of a run without one."""
    missing = weights_missing(get_client(), str(model or ""))
    offer_networks(MISSING if missing else "")
    return missing


def offer_networks(failure: str) -> None:
    """Draw the buttons, below an error that says so; nothing below another one."""
    if failure != MISSING:
        return
    title = BUNDLED[STAND_IN.removeprefix(PREFIX)].title
    with st.container(horizontal=True, gap="small"):
        st.button(f"Use {title}", key="networks/bundled", type="primary", on_click=go_to, args=({"model": STAND_IN},))
        if st.button("Add weights", key="networks/add", icon=":material/upload_file:"):
            st.session_state["models/add"] = True
            st.switch_page(script("models"))
