"""How pictures of other sizes meet a network's own: chosen when it is added, changed where it is shown."""

from typing import Any

import streamlit as st

from dashboard.server.connection import get_client
from dashboard.widgets.address import remember
from dashboard.widgets.text import escape
from shared.client import with_resize_rule
from shared.errors import InvalidSpec
from shared.images.resizing import CROP, RULES, rule_words

RULE_HELP = (
    "As the network was trained: the middle of each picture; all of it, squeezed; or all of it, filled up with black. "
    "Or type a share of the middle, such as crop 0.875. Any run may choose otherwise."
)


def choose_rule(column: Any) -> str | None:
    """How pictures of other sizes are brought to the network's."""
    return column.selectbox("Pictures of other sizes", ["", *RULES[1:]], accept_new_options=True, help=RULE_HELP,
                            format_func=lambda rule: _shown(rule or CROP))  # fmt: skip


def change_rule(reference: str) -> None:
    """How pictures meet the network's size, where a request does not say so; another rule is another model card."""
    rule, key = get_client().models.resize_rule(reference), f"models/resize/{reference}"
    st.session_state[key] = rule
    st.selectbox("Other sizes than its own", list(dict.fromkeys([*RULES, rule])), key=key, format_func=_shown,
                 accept_new_options=True, help=RULE_HELP, on_change=_use_rule, args=(reference, key))  # fmt: skip
    if refusal := st.session_state.pop("models/resize/refusal", ""):
        st.error(escape(refusal), icon=":material/error:")


def _shown(rule: str) -> str:
    """A rule in a list: what it does, or as it was typed."""
    try:
        return rule_words(rule)
    except InvalidSpec:
        return rule


def _use_rule(reference: str, key: str) -> None:
    try:
        new = with_resize_rule(get_client(), reference, st.session_state[key] or "")
    except InvalidSpec as error:
        st.session_state["models/resize/refusal"] = str(error)
        return
    remember({"model": new, "run": None})
