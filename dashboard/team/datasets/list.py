"""The data set that the address names or a person picks, and those that were added."""

import streamlit as st

from dashboard.widgets.address import arrived, remember
from dashboard.widgets.dataset_choice import choose_dataset
from dashboard.widgets.entry_actions import entry_actions
from dashboard.widgets.errors import show_error
from dashboard.widgets.text import count, escape
from shared.client import Client
from shared.errors import ConvscopeError

PICKED, SYNCED = "datasets/picked", "datasets/address"
# What the address says about one data set, and goes when another is chosen.
OF_ONE = ("split", "class", "picture", "runs")
DEFAULT = "builtin/digits"


def pick_dataset(client: Client, listed: bool = True) -> str:
    """Draw the list; the address follows.

    Args:
        client: of the installation.
        listed: whether those that were added are listed below it, with their sizes.

    Returns:
        The reference, sha256:..., of the chosen data set; "" where it cannot be had, which is said.
    """
    address = st.query_params.get("dataset", "")
    if arrived(PICKED) or PICKED not in st.session_state or st.session_state.get(SYNCED) != address:
        st.session_state[PICKED] = address or DEFAULT
    before = st.session_state[PICKED]
    chosen = choose_dataset(client, PICKED)
    if listed:
        _list_added(client)
    name = next((n for n, target in client.datasets.names().items() if chosen in (n, target)), chosen)
    changed = bool(address) and name != address and before not in (address,)
    remember({"dataset": name, **(dict.fromkeys(OF_ONE) if changed else {})}, step=bool(address))
    st.session_state[SYNCED] = name
    try:
        return client.datasets.resolve(chosen)
    except ConvscopeError as error:
        show_error(str(error))
        return ""


def change_names(client: Client, reference: str) -> None:
    """Folds to rename and delete the picked data set, one for each name that people gave it."""
    for name in [one["name"] for one in client.datasets.records() if one["reference"] == reference]:
        entry_actions("data set", name, _named_anew)


def _named_anew(name: str) -> None:
    st.session_state.pop(PICKED, None)
    remember({"dataset": name or None, **(dict.fromkeys(OF_ONE) if not name else {})})


def _list_added(client: Client) -> None:
    records = client.datasets.records()
    st.markdown("**Added data sets**")
    if not records:
        st.caption("None yet. Use “Add a data set”, or choose a built-in one.")
    for record in records:
        said = record.get("kind") or count(record["classes"], "class", "classes")
        words = f"{count(record['pictures'], 'picture')}, {said}"
        st.markdown(f"{escape(record['name'])}  \n:small[{words}]")
