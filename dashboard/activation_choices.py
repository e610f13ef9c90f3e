"""The choices of the activations page: model, picture, a second one beside, kept in step with the page's address."""

from dataclasses import dataclass
from typing import Any, cast

import streamlit as st

from dashboard.connection import get_client
from dashboard.model_choice import model_references, model_title
from dashboard.picture_choice import add_picture, choose_picture
from dashboard.plain_text import escape
from dashboard.spec_form import changed_fields, fill_form, spec_form
from dashboard.view_state import remember
from shared.client import Client
from shared.errors import ConvscopeError, InvalidSpec
from shared.job_specs import Activations
from shared.store import RunRecord

PREFIX = "activations"
START = {"model": "keras/mobilenetv2/imagenet", "image": "sample/cat"}
SYNCED, CHOICE, BESIDE = "activations/run", "activations/choice", "activations/image2"


@dataclass(frozen=True)
class Choice:
    """What the page shows.

    Attributes:
        key: of the run; "" while the choices make none.
        spec: to make it with; None where a link names a run.
        beside: key of the run of the second picture; "" without one.
        problem: why there is no second picture.
    """

    key: str = ""
    spec: Activations | None = None
    beside: str = ""
    problem: str = ""


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the runs they stand for."""
    client = get_client()
    _take_from_address(client)
    with st.sidebar:
        model = _choose_model(client)
        image = choose_picture(client, f"{PREFIX}.image", "Picture")
        add_picture(f"{PREFIX}.image")
        second = choose_picture(client, BESIDE, "Picture beside it", none="none")
        values = spec_form(Activations, PREFIX, (), hidden=("model", "image"))
        try:
            spec = cast(Activations, Activations.from_fields({"model": model, "image": image, **values}))
        except InvalidSpec as error:
            st.error(escape(str(error)), icon=":material/error:")
            return Choice()
    key, made = _place(client, spec)
    remember({"image2": second or None})
    beside, problem = _beside(client, key, spec, second)
    return Choice(key, made, beside, problem)


def _take_from_address(client: Client) -> None:
    """Set the widgets to what the address names, once for each address that this page did not write itself."""
    query = st.query_params.to_dict()
    run = query.get("run", "")
    if f"{PREFIX}.model" in st.session_state and st.session_state.get(SYNCED) == run:
        return
    record = client.record(run) if run else RunRecord("")
    fields = record.fields if record.kind == Activations.kind else _typed(query)
    fill_form(Activations, PREFIX, {**START, **fields})
    # A form knows lists of channel numbers; here they are names.
    st.session_state[f"{PREFIX}.layers"] = ",".join(cast(Any, fields.get("layers", ())))
    st.session_state[BESIDE] = query.get("image2", "")
    st.session_state[SYNCED], st.session_state[CHOICE] = run, None


def _typed(query: dict[str, str]) -> dict[str, Any]:
    """Fields of an address as values of their types; what does not fit is left out."""
    known = {name: value for name, value in query.items() if name in Activations.model_fields}
    try:
        return Activations.from_fields({**START, **known}).model_dump(mode="json")
    except InvalidSpec:
        return {name: known[name] for name in ("model", "image") if name in known}


def _choose_model(client: Client) -> str:
    names = client.models.names()
    references = model_references(client)
    chosen = st.session_state[f"{PREFIX}.model"]
    chosen = names.get(chosen, chosen)
    if chosen not in references:
        references.insert(0, chosen)
    st.session_state[f"{PREFIX}.model"] = chosen
    return st.selectbox(
        "Model", references, key=f"{PREFIX}.model", format_func=lambda r: model_title(r, names),
        help="Named models first, then every architecture of keras.applications. Add your own under Models.",
    )  # fmt: skip


def _place(client: Client, spec: Activations) -> tuple[str, Activations | None]:
    """The run that is shown and the spec to make it with; the address says so."""
    run, words = st.session_state[SYNCED], spec.canonical_json()
    if run and st.session_state[CHOICE] is None:
        st.session_state[CHOICE] = words
    if run and st.session_state[CHOICE] == words:
        return run, None
    key = client.resolve(spec).key()
    if client.record(key).kind:
        st.session_state[CHOICE] = words
        _write_address(key, {})
    else:
        _write_address("", {"model": spec.model, "image": spec.image, **changed_fields(spec)})
    return key, spec


def _write_address(run: str, fields: dict[str, str]) -> None:
    known: dict[str, str | None] = dict.fromkeys(Activations.model_fields)
    remember({**known, **fields, "run": run or None})
    st.session_state[SYNCED] = run


def _beside(client: Client, key: str, spec: Activations, image: str) -> tuple[str, str]:
    """Key of the second picture's run, which is asked for as soon as the first one is there, or why there is none."""
    if not image or client.record(key).status != "complete":
        return "", ""
    try:
        other = client.resolve(spec.model_copy(update={"image": image}))
        if client.record(other.key()).status == "absent":
            client.submit(other)
    except ConvscopeError as error:
        return "", str(error)
    return other.key(), ""
