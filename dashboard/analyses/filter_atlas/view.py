"""An atlas on the page: the line above it, its sheet in the middle, what was clicked on the right."""

import streamlit as st

from dashboard.analyses.filter_atlas.sheets import Sheet, sheet_cache
from dashboard.analyses.filter_atlas.tile_panel import overview_panel, tile_panel
from dashboard.analyses.filter_atlas.tile_sheet import tile_sheet
from dashboard.runs.header import Download
from dashboard.runs.notes import layer_channel_names, named_channel
from dashboard.runs.place import run_place, was_asked
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.export_links import download_url
from dashboard.server.polling import crowd, pace_for
from dashboard.widgets.address import permalink
from dashboard.widgets.tiles import selected_channel
from shared.store import RunRecord


def atlas_view(plan: str = "") -> View:
    """How the job view draws an atlas."""
    return View("atlas", "tile", _head, _draw, plan)


def channels_of(run: RunRecord) -> list[int]:
    """Channel number of each part."""
    return [int(c) for c in run.fields.get("channels") or range(run.total or 0)]


def _head(run: RunRecord) -> None:
    fields, channel, query = run.fields, selected_channel(), st.query_params
    details = [
        str(fields.get("mode", "")),
        f"{fields.get('size')} px",
        f"{fields.get('steps')} steps",
        f"from {fields['image']}" if fields.get("image") else "",
    ]
    tile = None if channel is None else str(channel)
    link = permalink(run.key, tile=tile, sort=query.get("sort"), tiles=query.get("tiles")) if was_asked(run) else ""
    layer = str(fields["layer"])
    steps = [layer] + ([] if channel is None else [named_channel(str(fields["model"]), layer, channel)])
    run_place(run, steps, details, link, _downloads(run, channel))


def _downloads(run: RunRecord, channel: int | None) -> list[Download]:
    if not run.done or run.status == "absent":
        return []
    files = [
        Download("Sheet", "PNG", download_url(run.key, "sheet.png")),
        Download("Tiles, objectives, dead channels", "npz", download_url(run.key, "arrays.npz")),
        Download("What made it", "JSON", download_url(run.key, "manifest.json")),
    ]
    if channel in channels_of(run):
        index = channels_of(run).index(channel)
        files.insert(1, Download(f"Tile of channel {channel}", "PNG", download_url(run.key, f"tiles/{index}.png")))
    return files


def _draw(run: RunRecord) -> None:
    client = get_client()
    sheet = sheet_cache().get(client, run, gather=pace_for(crowd().count()).gather)
    if sheet is None:
        return
    if run.status == "complete":
        client.store.parts.viewed(run.key)
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
