"""The choices of the layer atlas: model, layer and settings, kept in step with the page's address."""

from dataclasses import dataclass, replace
from typing import Any, cast

import streamlit as st

from dashboard.connection import get_client
from dashboard.layer_rows import inspect, wait_for_layers
from dashboard.model_choice import model_references, model_title
from dashboard.photographs import photograph_jpeg
from dashboard.plain_text import count, escape
from dashboard.spec_form import changed_fields, fill_form, spec_form
from dashboard.view_state import remember
from shared.client import Client
from shared.errors import ConvscopeError, InvalidSpec, PermanentError
from shared.job_specs import FilterAtlas
from shared.store import RunRecord

PREFIX = "atlas"
BASIC = ("mode", "size", "steps", "channels")
DEFAULT_MODEL = "keras/vgg16/imagenet"
# Stands in for a layer where an address names none, for a spec cannot be without one.
NO_LAYER = "-"
SYNCED, CHOICE = "atlas/run", "atlas/choice"


@dataclass(frozen=True)
class Choice:
    """What the page shows.

    Attributes:
        key: of the run; "" while no layer is chosen.
        spec: to make it with; None where the choices name none.
        plan: how much it is, in words.
        failure: why there is no list of layers to choose from.
    """

    key: str = ""
    spec: FilterAtlas | None = None
    plan: str = ""
    failure: str = ""


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    _take_from_address(client)
    with st.sidebar:
        model = _choose_model(client)
        layer, failure = _choose_layer(client, model)
        values = spec_form(FilterAtlas, PREFIX, BASIC, {"image": _pictures(client)}, ("model", "layer"))
        _own_picture(client)
        try:
            spec = _spec({"model": model, "layer": layer, **values}) if layer else None
        except InvalidSpec as error:
            st.error(escape(str(error)), icon=":material/error:")
            spec = None
    return replace(_place(client, spec, model), failure=failure)


def _spec(fields: dict[str, Any]) -> FilterAtlas:
    return cast(FilterAtlas, FilterAtlas.from_fields(fields))


def _take_from_address(client: Client) -> None:
    """Set the widgets to what the address names, once for each address that this page did not write itself."""
    query = st.query_params.to_dict()
    run = query.get("run", "")
    if f"{PREFIX}.model" in st.session_state and st.session_state.get(SYNCED) == run:
        return
    record = client.record(run) if run else RunRecord("")
    fields = record.fields if record.kind == FilterAtlas.kind else _typed(query)
    fill_form(FilterAtlas, PREFIX, {"model": DEFAULT_MODEL, **fields})
    st.session_state[SYNCED], st.session_state[CHOICE] = run, None


def _typed(query: dict[str, str]) -> dict[str, object]:
    """Fields of an address as values of their types; what does not fit is left out."""
    try:
        return FilterAtlas.from_fields({"model": DEFAULT_MODEL, "layer": NO_LAYER, **_fields(query)}).model_dump(
            mode="json"
        )
    except InvalidSpec:
        return {name: query[name] for name in ("model", "layer") if name in query}


def _fields(query: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name in FilterAtlas.model_fields}


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


def _choose_layer(client: Client, model: str) -> tuple[str, str]:
    """The chosen layer, and why there is no list of them."""
    key = f"{PREFIX}.layer"
    wanted = st.session_state.get(key) or ""
    wanted = "" if wanted == NO_LAYER else wanted
    try:
        inspection = inspect(client, model)
    except PermanentError as error:
        return wanted, str(error)
    rows = {row["path"]: row for row in inspection.layers(FilterAtlas.kind)}
    if rows:
        st.session_state[key] = wanted if wanted in rows else next(iter(rows))
        return st.selectbox(
            "Layer", list(rows), key=key, format_func=lambda p: _layer_label(rows[p]), help="Layers that can be drawn."
        ), ""
    st.session_state[key] = wanted
    typed = st.text_input("Layer", key=key, help="Its name, with / between nested names.")
    wait_for_layers(inspection)
    return typed.strip(), inspection.run.error


def _layer_label(row: dict[str, object]) -> str:
    return f"{row['path']}  ·  {row['channels']}" if row.get("channels") else str(row["path"])


def _pictures(client: Client) -> list[str]:
    return ["", *client.images.names()]


def _own_picture(client: Client) -> None:
    """Start from an uploaded picture; shows the one that is chosen now."""
    image = st.session_state.get(f"{PREFIX}.image")
    if image:
        st.image(photograph_jpeg(image), alt="The picture that the ascent starts from", width="stretch")
    fold = st.expander("Start from a picture of yours", key="atlas/own", on_change="rerun")
    if fold.open:
        fold.file_uploader("PNG, JPEG or WebP", type=["png", "jpg", "jpeg", "webp"], key="atlas/upload",
                           on_change=_uploaded, help="Kept without its metadata.")  # fmt: skip
    if refusal := st.session_state.pop("atlas/refusal", None):
        st.error(escape(refusal), icon=":material/error:")


def _uploaded() -> None:
    file = st.session_state["atlas/upload"]
    if file is None:
        return
    try:
        st.session_state[f"{PREFIX}.image"] = get_client().images.add(file.getvalue())
    except ConvscopeError as error:
        st.session_state["atlas/refusal"] = str(error)


def _place(client: Client, spec: FilterAtlas | None, model: str) -> Choice:
    """The run that is shown, and the address that says so."""
    run = st.session_state[SYNCED]
    words = spec.canonical_json() if spec else ""
    if run and st.session_state[CHOICE] is None:
        st.session_state[CHOICE] = words
    if run and st.session_state[CHOICE] == words:
        return Choice(run, None)
    if spec is None:
        _write_address("", {"model": model})
        return Choice()
    key = client.resolve(spec).key()
    if client.record(key).kind:
        _write_address(key, {})
        st.session_state[CHOICE] = words
    else:
        _write_address("", {"model": model, **changed_fields(spec)})
    return Choice(key, spec, _plan(spec))


def _plan(spec: FilterAtlas) -> str:
    tiles = count(len(spec.channels), "tile") if spec.channels else "One tile a channel"
    return f"{tiles}, {spec.size} × {spec.size} pixels, {count(spec.steps, 'step')} each."


def _write_address(run: str, fields: dict[str, str]) -> None:
    known: dict[str, str | None] = dict.fromkeys(FilterAtlas.model_fields)
    tile = st.query_params.get("tile") if run or "run" not in st.query_params else None
    remember({**known, **fields, "run": run or None, "tile": tile})
    st.session_state[SYNCED] = run
