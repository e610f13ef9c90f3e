"""An atlas on the page: the line above it, its sheet in the middle, what was clicked on the right."""

import streamlit as st

from dashboard.analyses.filter_atlas.choices import plan
from dashboard.analyses.filter_atlas.sheets import Sheet, sheet_of
from dashboard.analyses.filter_atlas.tile_panel import overview_panel, tile_panel
from dashboard.analyses.filter_atlas.tile_sheet import tile_sheet
from dashboard.runs.notes import layer_channel_names, named_channel
from dashboard.runs.view import View, ascent_settings
from dashboard.server.connection import get_client
from dashboard.server.polling import crowd, pace_for
from dashboard.widgets.tiles import selected_channel
from shared.store import RunRecord


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
    sheet = sheet_of(client, run, gather=pace_for(crowd().count()).gather)
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
