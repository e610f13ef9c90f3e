"""The models that can be picked, and what is known of each before it is opened."""

from collections.abc import Mapping

import streamlit as st

from dashboard.widgets.address import remember
from dashboard.widgets.layer_choice import Inspection
from dashboard.widgets.model_choice import model_references, model_title
from dashboard.widgets.text import escape
from shared.analyses import InspectModel
from shared.client import Client

DEFAULT_MODEL = "keras/vgg16/imagenet"
PICKED, SYNCED = "models/picked", "models/address"


def pick_model(client: Client) -> str:
    """The model the address names or the person picks; the address follows."""
    names = client.models.names()
    _take_from_address(client, names)
    references = model_references(client)
    if st.session_state[PICKED] not in references:
        references.insert(0, st.session_state[PICKED])
    model = st.selectbox(
        "Model", references, key=PICKED, format_func=lambda r: model_title(r, names),
        help="Named models first, then every architecture of keras.applications.",
    )  # fmt: skip
    if model != DEFAULT_MODEL or "run" in st.query_params or "model" in st.query_params:
        remember({"model": model, "run": None})
    st.session_state[SYNCED] = _address()
    return model


def _address() -> str:
    return st.query_params.get("run", "") + st.query_params.get("model", "")


def _take_from_address(client: Client, names: Mapping[str, str]) -> None:
    if PICKED in st.session_state and st.session_state.get(SYNCED) == _address():
        return
    wanted = st.query_params.get("model", DEFAULT_MODEL)
    run = st.query_params.get("run", "")
    if run and (record := client.record(run)).kind == InspectModel.kind:
        wanted = str(record.fields["model"])
    st.session_state[PICKED] = names.get(wanted, wanted)


def show_named_models(client: Client) -> None:
    """Models that people added."""
    records = client.models.records()
    st.markdown("**Added models**")
    if not records:
        st.caption("None yet. Add a .keras file above, or use any architecture with random or ImageNet weights.")
    for record in records:
        if st.button(escape(record["name"]), key=f"named-{record['name']}", type="tertiary", icon=":material/schema:"):
            remember({"model": record["reference"], "run": None})
            st.rerun()


def class_names(inspection: Inspection) -> None:
    """The names of the outputs, where they are known."""
    names = list(inspection.facts.get("classes", []))
    if not names:
        return
    with st.expander(f"{len(names):,} classes"):
        st.dataframe({"Output": list(range(len(names))), "Class": names}, hide_index=True, width="stretch")
