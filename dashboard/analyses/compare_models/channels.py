"""A layer's most changed channels as the browser draws them: tiles and maps, before and after."""

from collections.abc import Mapping
from typing import Any

from dashboard.analyses.compare_models.layer_table import draw_url, share_words
from dashboard.analyses.compare_models.routes import compared_url
from dashboard.widgets.address import channel_url
from dashboard.widgets.feature_maps import map_colours
from dashboard.widgets.shown_bands import seen_url
from dashboard.widgets.text import fixed, short
from shared.analyses.compare_models.figures import distance_words
from shared.analyses.compare_models.parts import LAYER, ChannelRow, LayerFacts, TableFacts, TableRow
from shared.results import Part
from shared.store import RunRecord

USUAL_OPACITY = 70


def channels_data(
    run: RunRecord, table: TableFacts, row: TableRow, part: Part | None, titles: Mapping[str, str], opacity: str = ""
) -> dict[str, Any]:
    """What the browser needs to draw the channels, as JSON values.

    Args:
        run: a comparison.
        table: facts of its part 0.
        row: the layer, of the table.
        part: the layer's part; None where it is not made, or never will be.
        titles: of the network on each side.
        opacity: of maps over the picture, in percent, as the address says it.
    """
    data: dict[str, Any] = {
        "title": f"Channels of {row['path'].split('/')[-1]} that changed most",
        "titles": [titles["before"], titles["after"]],
        "opacity": min(100, int(opacity)) if opacity.isdigit() else USUAL_OPACITY,
        "note": "",
        "draw": None,
        "channels": [],
    }
    if part is None:
        return data | _nothing(run, table, row)
    first = LAYER.read(part)
    low = min(one["low"] for one in first["channels"])
    return data | {
        "picture": seen_url(run.key, 0, "picture"),
        "grid": {name: part.facts[name] for name in ("height", "width", "stride", "start")},
        "palette": map_colours(low, "channel", "viridis").tolist(),
        "channels": [_channel(run, row["part"], first, one, low < 0, at) for at, one in enumerate(first["channels"])],
    }


def _nothing(run: RunRecord, table: TableFacts, row: TableRow) -> dict[str, Any]:
    """Why there are no channels, and the way to some."""
    if row["part"]:
        late = "are on their way" if not run.over else "were not made, or have left the cache"
        return {"note": f"Tiles and maps of this layer {late}."}
    if not table["moved"] and not table["statistics"]:
        return {"note": "Nothing is drawn: both networks respond alike."}
    if row["state"] == "frozen" and not _anything_moved_up_to(table, row):
        return {"note": "Frozen, like all layers before it: its channels respond as before."}
    if row["hindrance"]:
        return {"note": f"A layer {row['hindrance']}: nothing can be drawn of it. Choose a convolution in the chart."}
    channels = ", ".join(str(channel) for channel in row["most"])
    note = f"No tiles were made of this layer. Its channels that moved most: {channels}."
    if row["state"] == "frozen":
        note = (
            "No tiles were made of this layer: it is frozen. What it sees changed all the same where what comes "
            "before it moved."
        )
    url = draw_url(run, row["path"])
    return {"note": note, "draw": {"label": f"Draw {row['path'].split('/')[-1]}", "url": url} if url else None}


def _anything_moved_up_to(table: TableFacts, row: TableRow) -> bool:
    rows = table["layers"]
    return any(one["state"] != "frozen" for one in rows[: rows.index(row)])


def _channel(run: RunRecord, index: int, layer: LayerFacts, one: ChannelRow, signed: bool, at: int) -> dict[str, Any]:
    number = one["channel"]
    reach = max(abs(one["low"]), abs(one["high"])) or 1.0
    sides = (
        ("before", "model", layer["path"], one["dead_before"], one["objective_before"], one["mean_before"]),
        ("after", "other", layer["path_after"], one["dead_after"], one["objective_after"], one["mean_after"]),
    )
    return {
        "channel": number,
        "distance": distance_words(one["distance"]),
        "facts": [f"{share_words(one['unchanged'])} of its weights unchanged"]
        + ([f"cosine {fixed(one['cosine'], 3)}"] if one["cosine"] is not None else []),
        "low": -reach if signed else 0.0,
        "high": reach,
        "sides": [
            {
                "tile": seen_url(run.key, index, f"{side}_{number}"),
                "dead": dead,
                "objective": short(objective, 3),
                "values": compared_url(run, index, side, at),
                "mean": short(mean, 3),
                "href": channel_url(str(run.fields[model]), path, number),
            }
            for side, model, path, dead, objective, mean in sides
        ],
    }
