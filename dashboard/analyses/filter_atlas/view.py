"""An atlas on the page: the choices, its sheet in the middle, what was clicked on the right."""

import streamlit as st

from dashboard.analyses.filter_atlas.sheets import Sheet, sheet_of
from dashboard.analyses.filter_atlas.tile_panel import overview_panel, tile_panel
from dashboard.analyses.filter_atlas.tile_sheet import tile_sheet
from dashboard.runs.choices import Choice, RunChoices
from dashboard.runs.notes import layer_channel_names, named_channel
from dashboard.runs.view import View, ascent_settings
from dashboard.server.connection import get_client
from dashboard.server.live import pace_for, watchers
from dashboard.widgets.address import NONE
from dashboard.widgets.layer_choice import choose_layer
from dashboard.widgets.mode_choice import follow_mode
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.picture_choice import add_picture, photograph_jpeg
from dashboard.widgets.text import count
from dashboard.widgets.tiles import selected_channel
from shared.analyses import FilterAtlas
from shared.store import RunRecord

PREFIX = "filter_atlas"
BASIC = ("mode", "size", "steps", "channels")
CHOICES = RunChoices(FilterAtlas, PREFIX, {"model": "keras/vgg16/imagenet", "layer": NONE}, viewed=("tile",))


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    CHOICES.follow_address(client)
    follow_mode(PREFIX)
    with st.sidebar:
        model = choose_model(client, f"{PREFIX}.model")
        layer, failure = choose_layer(client, f"{PREFIX}.layer", model, FilterAtlas.kind)
        pictures = ["", *client.images.names()]
        values = CHOICES.form(BASIC, {"image": pictures}, ("model", "layer"))
        _own_picture()
        return CHOICES.chosen(client, {"model": model, "layer": layer, **values} if layer else None, failure)


def _own_picture() -> None:
    """Start from an uploaded picture; shows the one that is chosen now."""
    image = st.session_state.get(f"{PREFIX}.image")
    if image:
        st.image(photograph_jpeg(image), alt="The picture that the ascent starts from", width="stretch")
    add_picture(f"{PREFIX}.image", "Start from a picture of yours")


def plan(spec: FilterAtlas) -> str:
    """How much an atlas is, in words."""
    tiles = count(len(spec.channels), "tile") if spec.channels else "One tile a channel"
    return f"{tiles}, {spec.size} × {spec.size} pixels, {count(spec.steps, 'step')} each."


def channels_of(run: RunRecord) -> list[int]:
    """Channel number of each part."""
    return [int(c) for c in run.fields.get("channels") or range(run.total or 0)]


def _steps(run: RunRecord) -> list[str]:
    model, layer, channel = str(run.fields["model"]), str(run.fields["layer"]), selected_channel()
    return [layer, "" if channel is None else named_channel(model, layer, channel)]


def _details(run: RunRecord) -> list[str]:
    image = run.fields.get("image")
    return [*ascent_settings(run), f"from {image}" if image else ""]


def _files(run: RunRecord) -> dict[str, str]:
    channel, channels = selected_channel(), channels_of(run)
    tile = {f"Tile of channel {channel}": f"tiles/{channels.index(channel)}.png"} if channel in channels else {}
    return {"Sheet": "sheet.png", **tile, "Tiles, objectives, dead channels": "arrays.npz"}


def _draw(run: RunRecord) -> None:
    client = get_client()
    sheet = sheet_of(client, run, reuse_for=pace_for(watchers().count()).reuse_for)
    if sheet is None:
        return
    middle, right = st.columns([3, 1], gap="medium")
    channels = channels_of(run)
    with middle:
        names = layer_channel_names(str(run.fields["model"]), str(run.fields["layer"]))
        tile_sheet(sheet, channels, f"Atlas of {run.fields['layer']}", live=not run.over, names=names)
    with right:
        _panel(run, sheet, channels)


def _panel(run: RunRecord, sheet: Sheet, channels: list[int]) -> None:
    channel = selected_channel()
    if channel is None or channel not in channels:
        overview_panel(run, sheet, channels)
    else:
        tile_panel(get_client(), run, sheet, channels.index(channel), channel)


VIEW = View(
    draw=_draw,
    steps=_steps,
    details=_details,
    files=_files,
    growing=True,
    kept=("tile", "sort", "tiles"),
    plan=plan,
)
