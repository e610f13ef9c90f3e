"""An atlas on the page: the choices, its sheet in the middle, what was clicked on the right."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from dashboard.analyses.filter_atlas.sheets import Sheet, sheet_of, sheet_url
from dashboard.runs.choices import Choice, RunChoices
from dashboard.runs.notes import layer_channel_names, named_channel
from dashboard.runs.view import View, ascent_from
from dashboard.server.connection import get_client
from dashboard.server.downloads import download_url
from dashboard.server.live import pace_for, watchers
from dashboard.widgets.address import NONE, channel_url, keep_choices, remember_choice
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.channel_effects import LayerEffects, effects_of
from dashboard.widgets.charts import charts
from dashboard.widgets.facts_panel import made_by, panel
from dashboard.widgets.layer_choice import choose_layer
from dashboard.widgets.mode_choice import follow_mode
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.picture_choice import add_picture, photograph_jpeg
from dashboard.widgets.shown_bands import chosen_bands, preview_seen_url, seen_url, with_bands
from dashboard.widgets.text import count, round_values, short
from dashboard.widgets.tiles import QUALITIES, selected_channel, thumbnail_edge, tiles_view
from shared.analyses import FilterAtlas
from shared.analyses.ascent_modes import DEFAULT_MODE
from shared.analyses.filter_atlas.figures import objective_figure, ranks_figure
from shared.analyses.typed_parts import TileFacts
from shared.images.contact_sheet import GAP
from shared.results import decode_part
from shared.store import RunRecord

SORTS = ("channel", "objective", "best", "effect")
# Parameter of the address: the class whose loss tiles are sorted by.
EFFECT = "effect"
_sheet = browser_element("tile_sheet")
PREFIX = "filter_atlas"
BASIC = ("mode", "size", "steps", "channels")
CHOICES = RunChoices(FilterAtlas, PREFIX, {"model": "keras/vgg16/imagenet", "layer": NONE}, viewed=("tile",))


def _tile_panel(run: RunRecord, sheet: Sheet, index: int, channel: int) -> None:
    title = named_channel(str(run.fields["model"]), str(run.fields["layer"]), channel)
    title = title[:1].upper() + title[1:]
    data = get_client().results.part(run.key, index) if index in sheet.facts else None
    if data is None:
        panel(key="panel", data={**unfinished_data(run, sheet, index, channel), "title": title})
        return
    curve, facts = decode_part(data).arrays["objective"], sheet.facts[index]
    panel(key="panel", data={**tile_data(run, facts, curve, index), "title": title})
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
        "url": seen_url(run.key, index, "tile"),
        "alt": f"Picture that excites channel {channel} of {run.fields['layer']}",
        "facts": [
            ["Objective", f"{short(begun)} → {short(curve[-1])}"],
            ["Size", f"{size} × {size} px"],
            ["Steps", f"{run.fields.get('steps')}, each of size {short(run.fields.get('step_size', 0))}"],
            ["Seed", str(run.fields.get("seed"))],
            ["Starts tried", str(facts.get("starts", 1))],
        ],
        "channel": _channel_page(run, channel),
        "download": with_bands(download_url, run.key, f"tiles/{index}.png"),
    }


def unfinished_data(run: RunRecord, sheet: Sheet, index: int, channel: int) -> dict[str, Any]:
    """The same of a tile that is not finished: its first look, where it has one."""
    page = _channel_page(run, channel)
    if index not in sheet.looks:
        return {"note": "This tile is not made yet.", "channel": page}
    rest = "Retry refines it." if run.over else "It is refined when its turn comes."
    return {
        "note": f"A first look, after a few steps: coarse, and not the result. {rest}",
        "url": preview_seen_url(run, index, "tile"),
        "alt": f"First look at what excites channel {channel} of {run.fields['layer']}",
        "channel": page,
    }


def _channel_page(run: RunRecord, channel: int) -> str:
    """Address of the channel, in the atlas's mode."""
    mode = str(run.fields.get("mode", DEFAULT_MODE))
    more = mode if mode != DEFAULT_MODE else None
    return channel_url(str(run.fields["model"]), str(run.fields["layer"]), channel, mode=more)


def objectives(sheet: Sheet) -> list[float]:
    """Of all living channels."""
    return [float(facts["objective"]) for facts in sheet.facts.values() if not facts["dead"]]


def overview_data(run: RunRecord, sheet: Sheet, channels: list[int]) -> dict[str, Any]:
    """What the browser needs to draw the atlas in numbers, as JSON values."""
    alive = objectives(sheet)
    versions = run.facts.get("versions", {})
    facts = [
        ["Channels", f"{len(sheet.facts)} of {len(channels)} made"],
        ["At a first look", str(len(sheet.looks)) if sheet.looks else ""],
        ["Dead", str(len(sheet.facts) - len(alive))],
        ["Median objective", short(float(np.median(alive))) if alive else ""],
        *made_by(run),
        ["Versions", ", ".join(f"{name} {version}" for name, version in versions.items())],
    ]
    return {
        "title": "This atlas",
        "note": "Click a tile, or reach it with Tab and the arrow keys, to see it large.",
        "facts": [row for row in facts if row[1]],
    }


def sheet_data(run: RunRecord, sheet: Sheet, channels: Sequence[int]) -> dict[str, Any]:
    """What the browser needs to draw the sheet, as JSON values."""
    names = layer_channel_names(str(run.fields["model"]), str(run.fields["layer"]))
    facts = [sheet.facts.get(i) for i in range(sheet.count)]
    return {
        "key": sheet.key,
        "qualities": _qualities(sheet),
        "columns": sheet.columns,
        "rows": sheet.rows,
        "channels": list(channels),
        "names": {str(channel): name for channel, name in names.items()},
        "objectives": [None if f is None else float(f["objective"]) for f in facts],
        "looks": [i in sheet.looks for i in range(sheet.count)],
        "dead": [bool(f and f["dead"]) for f in facts],
        "reasons": [str(f.get("reason", "dead")) if f and f["dead"] else "" for f in facts],
        **tiles_view(sheet.count, SORTS),
        "effect": _effect(run, channels),
        "title": f"Atlas of {run.fields['layer']}",
        "live": not run.over,
    }


def _effect(run: RunRecord, channels: Sequence[int]) -> dict[str, Any] | None:
    """What a class loses without each channel, and which; None where no channel of the layer was switched off."""
    effects = effects_of(get_client(), str(run.fields["model"]), str(run.fields["layer"]))
    if effects is None:
        return None
    number = effect_class(effects)
    return {"name": effects.classes[number], "losses": round_values(effects.losses(number, list(channels)))}


def effect_class(effects: LayerEffects) -> int:
    """The class that the address names; the first one where it names none."""
    asked = st.query_params.get(EFFECT, "")
    return int(asked) if asked.isdigit() and int(asked) in effects.classes else next(iter(effects.classes))


def _choose_effect(run: RunRecord) -> None:
    """The class whose loss tiles are sorted by, while they are."""
    effects = effects_of(get_client(), str(run.fields["model"]), str(run.fields["layer"]))
    if effects is None or st.query_params.get("sort") != "effect":
        return
    key = f"{PREFIX}/{EFFECT}"
    st.session_state[key] = effect_class(effects)
    st.selectbox("By effect on", list(effects.classes), key=key, format_func=lambda k: effects.classes[k],
                 on_change=lambda: remember_choice(EFFECT, str(st.session_state[key])),
                 help="The mean change of the class's logit when a channel is switched off, from the newest "
                 "ablation of this layer.")  # fmt: skip


def _qualities(sheet: Sheet) -> dict[str, dict[str, Any]]:
    """Address and tile geometry of the sheet for every quality; none before the first tile."""
    size = sheet.tile_size
    edges = {quality: thumbnail_edge(sheet.count, size, quality) for quality in QUALITIES}
    return {
        quality: {"url": sheet_url(sheet, quality), "edge": edge, "gap": GAP}
        for quality, edge in edges.items()
        if sheet.shown
    }


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


def _files(run: RunRecord) -> dict[str, str]:
    channel, channels = selected_channel(), channels_of(run)
    tile = {f"Tile of channel {channel}": f"tiles/{channels.index(channel)}.png"} if channel in channels else {}
    return {"Sheet": "sheet.png", **tile, "Tiles, objectives, dead channels": "arrays.npz"}


def _draw(run: RunRecord) -> None:
    client = get_client()
    sheet = sheet_of(client, run, reuse_for=pace_for(watchers().count()).reuse_for, bands=chosen_bands())
    if sheet is None:
        return
    middle, right = st.columns([3, 1], gap="medium")
    channels = channels_of(run)
    with middle:
        _choose_effect(run)
        key = f"tiles-{run.key}"
        _sheet(key=key, data=sheet_data(run, sheet, channels), **keep_choices(key, "tile", "sort", size="tiles"))
    with right:
        _panel(run, sheet, channels)


def _panel(run: RunRecord, sheet: Sheet, channels: list[int]) -> None:
    channel = selected_channel()
    if channel is None or channel not in channels:
        panel(key="panel", data=overview_data(run, sheet, channels))
        if len(alive := objectives(sheet)) > 1:
            charts("curve", [ranks_figure(alive)], view=run.key)
    else:
        _tile_panel(run, sheet, channels.index(channel), channel)


VIEW = View(
    draw=_draw,
    steps=_steps,
    details=ascent_from,
    files=_files,
    growing=True,
    kept=("tile", "sort", "tiles", EFFECT),
    plan=plan,
)
