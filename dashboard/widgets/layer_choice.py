"""Pick a layer of a model: from its layer table, or typed while the table is being read."""

from collections.abc import Mapping

import streamlit as st

from dashboard.widgets.address import NONE
from dashboard.widgets.layer_rows import inspect, wait_for_layers
from shared.client import Client
from shared.errors import PermanentError


def choose_layer(
    client: Client, key: str, model: str, kind: str, help_text: str = "Layers that can be drawn."
) -> tuple[str, str]:
    """Draw the list of a model's layers.

    Args:
        client: of the installation.
        key: of the control in the session; may be set before.
        model: reference or name.
        kind: job kind; only layers that it can work on are offered.
        help_text: beside the control.

    Returns:
        The chosen layer, "" while there is none, and why there is no list ("" where there is one).
    """
    wanted = st.session_state.get(key) or ""
    wanted = "" if wanted == NONE else wanted
    try:
        inspection = inspect(client, model)
    except PermanentError as error:
        return wanted, str(error)
    rows = {row["path"]: row for row in inspection.layers(kind)}
    if rows:
        st.session_state[key] = wanted if wanted in rows else next(iter(rows))
        return st.selectbox("Layer", list(rows), key=key, format_func=lambda p: _label(rows[p]), help=help_text), ""
    st.session_state[key] = wanted
    typed = st.text_input("Layer", key=key, help="Its name, with / between nested names.")
    wait_for_layers(inspection)
    return typed.strip(), inspection.run.error


def _label(row: Mapping[str, object]) -> str:
    return f"{row['path']}  ·  {row['channels']}" if row.get("channels") else str(row["path"])
