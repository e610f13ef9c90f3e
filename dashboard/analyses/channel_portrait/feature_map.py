"""A channel's map on a photograph: read from a finished pass of that photograph, offered where there is none."""

import streamlit as st

from dashboard.runs import view as job_view
from dashboard.runs.header import header_line
from dashboard.runs.input_scale import scale_warning
from dashboard.runs.notes import named_channel
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.parts import facts_of, stored_part
from dashboard.widgets.address import arrived, channel_url, remember
from dashboard.widgets.feature_maps import limits_of, view_state
from dashboard.widgets.map_panel import map_panel, panel_data
from dashboard.widgets.model_choice import model_title
from dashboard.widgets.picture_choice import add_picture, choose_picture, picture_title
from dashboard.widgets.text import escape
from shared.analyses import Activations, JobSpec
from shared.analyses.activations import parts as activations_parts
from shared.client import Client
from shared.store import RunRecord

# Parameter of the address, and key of the control, that name the photograph.
PICTURE, KEY = "picture", "channel_portrait/picture"
USUAL = "sample/cat"


def channel_map(model: str, layer: str, channel: int) -> None:
    """Draw the photograph's choice and the map; nothing is computed unasked."""
    client = get_client()
    if arrived(KEY) or KEY not in st.session_state:
        st.session_state[KEY] = st.query_params.get(PICTURE) or USUAL
    top = st.container()
    left, right = st.columns([1, 2], gap="medium")
    with left:
        image = choose_picture(client, KEY, "Photograph")
        add_picture(KEY)
    remember({PICTURE: image if image != USUAL else None}, step=True)
    run = client.resolve(Activations(model=model, image=image))
    with top:
        _place(client, run.key(), model, layer, channel, image)
    with right:
        _show(client, run, layer, channel)


def _place(client: Client, key: str, model: str, layer: str, channel: int, image: str) -> None:
    link = channel_url(model, layer, channel, lens="map", picture=image)
    steps = [
        model_title(model, client.models.names()),
        layer,
        named_channel(client.models.resolve(model), layer, channel),
        picture_title(image),
    ]
    run = RunRecord(key, fields={"model": client.models.resolve(model)})
    header_line(steps, key=key if client.record(key).kind else "", link=link, warning=scale_warning(run),
                model=client.models.resolve(model))  # fmt: skip


def _show(client: Client, spec: JobSpec, layer: str, channel: int) -> None:
    run = client.record(spec.key())
    if run.status == "complete":
        _draw(client, run, layer, channel)
        return
    title = picture_title(str(getattr(spec, "image", "")))
    plan = f"No pass of {title} through this network is kept. One takes seconds and gives the maps of all layers."
    job_view.show(run.key, spec, View(noun=f"maps of {title}", plan=plan, leads=False))


def _draw(client: Client, run: RunRecord, layer: str, channel: int) -> None:
    first = activations_parts.PICTURE.read(facts_of(run, 0))
    row = next((row for row in first.get("layers", []) if row["path"] == layer), None)
    part = stored_part(client, run, row["part"]) if row else None
    limits = limits_of(client, run, row["part"], "channel") if row else None
    if row is None or part is None or limits is None:
        st.info(f"{escape(layer)} does not run on a photograph of this size.", icon=":material/info:")
        return
    client.store.parts.note_view(run.key)
    data = panel_data(run, first, part, view_state(row["channels"]), limits)
    map_panel(key="channel-map", data={**data, "channel": ""})  # one is there already
