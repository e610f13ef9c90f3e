"""What stands at the right of an atlas: one tile large with its curve and parameters, or the atlas in numbers."""

from typing import Any

import numpy as np

from dashboard.analyses.filter_atlas.sheets import Sheet
from dashboard.runs.notes import named_channel
from dashboard.server.addresses import part_url
from dashboard.server.downloads import download_url
from dashboard.widgets.address import channel_url
from dashboard.widgets.charts import charts
from dashboard.widgets.facts_panel import panel
from dashboard.widgets.text import duration
from shared.analyses.ascent_modes import DEFAULT_MODE
from shared.analyses.filter_atlas.figures import objective_figure, ranks_figure
from shared.analyses.typed_parts import TileFacts
from shared.client import Client
from shared.results import decode_part
from shared.store import RunRecord


def tile_panel(client: Client, run: RunRecord, sheet: Sheet, index: int, channel: int) -> None:
    """One tile large."""
    data = client.results.part(run.key, index) if index in sheet.facts else None
    if data is None:
        panel(key="panel", data={"title": f"Channel {channel}", "note": "This tile is not made yet."})
        return
    curve, facts = decode_part(data).arrays["objective"], sheet.facts[index]
    title = named_channel(str(run.fields["model"]), str(run.fields["layer"]), channel)
    panel(key="panel", data=tile_data(run, facts, curve, index) | {"title": title[:1].upper() + title[1:]})
    charts("curve", [objective_figure(curve.tolist(), facts.get("objective_start"))], view=f"{run.key}/{channel}")


def tile_data(run: RunRecord, facts: TileFacts, curve: np.ndarray, index: int) -> dict[str, Any]:
    """What the browser needs to draw one tile, as JSON values."""
    channel, size = facts["channel"], run.fields.get("size")
    start = facts.get("objective_start")
    begun = float(curve[0]) if start is None else start
    dead = f"{facts.get('reason', 'dead').capitalize()}: nothing made this channel respond, so its tile is grey."
    return {
        "title": f"Channel {channel}",
        "note": dead if facts["dead"] else "",
        "url": part_url(run.key, index, "tile"),
        "alt": f"Picture that excites channel {channel} of {run.fields['layer']}",
        "facts": [
            ["Objective", f"{begun:.4g} → {curve[-1]:.4g}"],
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
    if len(alive := objectives(sheet)) > 1:
        charts("curve", [ranks_figure(alive)], view=run.key)


def objectives(sheet: Sheet) -> list[float]:
    """Of all living channels."""
    return [float(facts["objective"]) for facts in sheet.facts.values() if not facts["dead"]]


def overview_data(run: RunRecord, sheet: Sheet, channels: list[int]) -> dict[str, Any]:
    """What the browser needs to draw the atlas in numbers, as JSON values."""
    alive = objectives(sheet)
    versions = run.facts.get("versions", {})
    facts = [
        ["Channels", f"{len(sheet.facts)} of {len(channels)} made"],
        ["Dead", str(len(sheet.facts) - len(alive))],
        ["Median objective", f"{float(np.median(alive)):.4g}" if alive else ""],
        ["Device", str(run.facts.get("device", ""))],
        ["Precision", run.precision],
        ["Time", duration(run.seconds) if run.seconds else ""],
        ["Versions", ", ".join(f"{name} {version}" for name, version in versions.items())],
        ["Asked by", run.by],
    ]
    return {
        "title": "This atlas",
        "note": "Click a tile, or reach it with Tab and the arrow keys, to see it large.",
        "facts": [row for row in facts if row[1]],
    }
