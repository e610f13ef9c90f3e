"""Pick a data set: those that people added, then the built-in ones that are here."""

import streamlit as st

from shared.client import Client
from shared.errors import ConvscopeError
from shared.library import DatasetCard
from shared.library.datasets.builtin import BUILTIN, PREFIX


def dataset_title(reference: str, names: dict[str, str]) -> str:
    """What a person calls a data set.

    Args:
        reference: builtin/..., sha256:... or a given name.
        names: name to reference, as the registry lists them.
    """
    name = next((name for name, target in names.items() if reference in (name, target)), "")
    if name.startswith(PREFIX):
        return BUILTIN[name.removeprefix(PREFIX)].title
    return name or (f"data set {reference[7:15]}" if reference.startswith("sha256:") else reference)


def dataset_references(client: Client) -> list[str]:
    """All that can be picked: references where they are known, builtin/<name> for a set that was not read yet."""
    names = client.datasets.names()
    here = {PREFIX + one.name for one in BUILTIN.values() if client.datasets.is_here(one)}
    usable = [target or name for name, target in names.items() if not name.startswith(PREFIX) or name in here]
    return list(dict.fromkeys(usable))


def choose_dataset(client: Client, key: str, label: str = "Data set", none: str = "") -> str:
    """Draw the list of data sets.

    Args:
        client: of the installation.
        key: of the control in the session, which may hold a reference or a name already.
        label: of the list.
        none: what to call no data set at all; "" where one has to be chosen.

    Returns:
        The chosen reference; "" for none.
    """
    names, references = client.datasets.names(), dataset_references(client)
    options = [*([""] if none else []), *references]
    chosen = st.session_state.get(key) or options[0]
    chosen = names.get(chosen) or chosen
    if chosen not in options:
        options.append(chosen)
    st.session_state[key] = chosen
    return st.selectbox(label, options, key=key, format_func=lambda r: dataset_title(r, names) if r else none,
                        help="Add your own under Data sets.")  # fmt: skip


def card_of(client: Client, dataset: str) -> DatasetCard | None:
    """What a data set holds; None where it is not here, which the run would say."""
    try:
        return client.datasets.card(dataset)
    except ConvscopeError:
        return None
