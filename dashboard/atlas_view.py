"""An atlas on the page: the line above it, its sheet in the middle, what was clicked on the right."""

import streamlit as st

from dashboard.connection import get_client
from dashboard.job_view import View
from dashboard.model_choice import has_random_weights, model_title
from dashboard.picture_urls import download_url
from dashboard.place_line import Download, place_line
from dashboard.plain_text import duration
from dashboard.sheets import Sheet, sheet_cache
from dashboard.tile_panel import overview_panel, tile_panel
from dashboard.tile_sheet import selected_channel, tile_sheet
from dashboard.view_state import permalink
from shared.store import RunRecord


def atlas_view(plan: str = "") -> View:
    """How the job view draws an atlas."""
    return View("atlas", "tile", _head, _draw, plan)


def channels_of(run: RunRecord) -> list[int]:
    """Channel number of each part."""
    return [int(c) for c in run.fields.get("channels") or range(run.total or 0)]


def _head(run: RunRecord) -> None:
    fields, facts, channel = run.fields, run.facts, selected_channel()
    model = model_title(str(fields["model"]), get_client().models.names(), str(facts.get("model", "")))
    steps = [model, str(fields["layer"])] + ([] if channel is None else [f"channel {channel}"])
    details = [
        str(fields.get("mode", "")),
        f"{fields.get('size')} px",
        f"{fields.get('steps')} steps",
        f"from {fields['image']}" if fields.get("image") else "",
        str(facts.get("precision") or fields.get("precision", "")),
        duration(run.seconds) if run.status == "complete" else "",
    ]
    tile = None if channel is None else str(channel)
    link = permalink(run.key, tile=tile, sort=st.query_params.get("sort"), tiles=st.query_params.get("tiles"))
    asked = run.submitted_at > 0
    place_line(steps, details, key=run.key if asked else "", link=link if asked else "", warning=_warning(run),
               downloads=_downloads(run, channel))  # fmt: skip


def _warning(run: RunRecord) -> str:
    random = run.facts.get("weights") == "random" or has_random_weights(str(run.fields["model"]))
    return "untrained" if random else str(run.facts.get("note") or "")


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
    sheet = sheet_cache().get(client, run)
    if sheet is None:
        return
    if run.status == "complete":
        client.store.parts.viewed(run.key)
    middle, right = st.columns([3, 1], gap="medium")
    channels = channels_of(run)
    with middle:
        tile_sheet(sheet, channels, f"Atlas of {run.fields['layer']}", live=not run.over)
    with right:
        _panel(run, sheet, channels)


def _panel(run: RunRecord, sheet: Sheet, channels: list[int]) -> None:
    channel = selected_channel()
    if channel is None or channel not in channels:
        overview_panel(run, sheet, channels)
    else:
        tile_panel(get_client(), run, sheet, channels.index(channel), channel)
