"""What stands at the right of an atlas: one tile large with its curve and parameters, or the atlas in numbers."""

from typing import Any

import numpy as np

from dashboard.analyses.filter_atlas.sheets import Sheet
from dashboard.runs.notes import named_channel
from dashboard.runs.urls import part_url
from dashboard.server.downloads import download_url
from dashboard.widgets.channel_address import channel_url
from dashboard.widgets.facts_panel import panel
from dashboard.widgets.text import duration, rounded
from shared.analyses.ascent_modes import DEFAULT_MODE
from shared.client import Client
from shared.results import decode_part
from shared.store import RunRecord


def tile_panel(client: Client, run: RunRecord, sheet: Sheet, index: int, channel: int) -> None:
    """One tile large."""
    data = client.results.part(run.key, index) if index in sheet.facts else None
    if data is None:
        panel(key="panel", data={"title": f"Channel {channel}", "note": "This tile is not made yet."})
        return
    curve = decode_part(data).arrays["objective"]
    told = tile_data(run, sheet.facts[index], curve, index)
    title = named_channel(str(run.fields["model"]), str(run.fields["layer"]), channel)
    panel(key="panel", data=told | {"title": title[:1].upper() + title[1:]})


def tile_data(run: RunRecord, facts: dict[str, Any], curve: np.ndarray, index: int) -> dict[str, Any]:
    """What the browser needs to draw one tile, as JSON values."""
    channel, size = facts["channel"], run.fields.get("size")
    start = facts.get("objective_start")
    heights = curve if start is None else np.concatenate([[start], curve])
    begin = 1 if start is None else 0
    dead = f"{facts.get('reason', 'dead').capitalize()}: nothing made this channel respond, so its tile is grey."
    return {
        "title": f"Channel {channel}",
        "note": dead if facts["dead"] else "",
        "url": part_url(run.key, index, "tile"),
        "alt": f"Picture that excites channel {channel} of {run.fields['layer']}",
        "curve": rounded(heights),
        "curve_title": "Objective at each step",
        "axis": [f"step {begin}", f"step {len(curve)}"],
        "facts": [
            ["Objective", f"{heights[0]:.4g} → {heights[-1]:.4g}"],
            ["Size", f"{size} × {size} px"],
            ["Steps", f"{run.fields.get('steps')} of {run.fields.get('step_size', 0):.4f}"],
            ["Seed", str(run.fields.get("seed"))],
            ["Starts tried", str(facts.get("starts", 1))],
        ],
        "channel": _channel_page(run, channel),
        "download": download_url(run.key, f"tiles/{index}.png"),
    }


def _channel_page(run: RunRecord, channel: int) -> str:
    """Address of the channel, in the atlas's mode."""
    mode = str(run.fields.get("mode", DEFAULT_MODE))
    more = mode if mode != DEFAULT_MODE else None
    return channel_url(str(run.fields["model"]), str(run.fields["layer"]), channel, mode=more)


def overview_panel(run: RunRecord, sheet: Sheet, channels: list[int]) -> None:
    """The atlas in numbers."""
    panel(key="panel", data=overview_data(run, sheet, channels))


def overview_data(run: RunRecord, sheet: Sheet, channels: list[int]) -> dict[str, Any]:
    """What the browser needs to draw the atlas in numbers, as JSON values."""
    alive = sorted((float(f["objective"]) for f in sheet.facts.values() if not f["dead"]), reverse=True)
    dead = sum(bool(f["dead"]) for f in sheet.facts.values())
    versions = run.facts.get("versions", {})
    facts = [
        ["Channels", f"{len(sheet.facts)} of {len(channels)} made"],
        ["Dead", str(dead)],
        ["Median objective", f"{float(np.median(alive)):.4g}" if alive else ""],
        ["Device", str(run.facts.get("device", ""))],
        ["Precision", str(run.facts.get("precision") or run.fields.get("precision", ""))],
        ["Time", duration(run.seconds) if run.seconds else ""],
        ["Versions", ", ".join(f"{name} {version}" for name, version in versions.items())],
        ["Asked by", run.by],
    ]
    return {
        "title": "This atlas",
        "note": "Click a tile, or reach it with Tab and the arrow keys, to see it large.",
        "curve": rounded(alive) if len(alive) > 1 else [],
        "curve_title": "Objective of each channel, highest first",
        "axis": ["rank 1", f"rank {len(alive)}"],
        "facts": [row for row in facts if row[1]],
    }
