"""What the lenses of a channel's page show, as the browser draws it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from dashboard.analyses.channel_portrait.choices import choose_lens
from dashboard.analyses.channel_portrait.examples import offer, real_figure
from dashboard.analyses.channel_portrait.routes import frames_url
from dashboard.page_table import script
from dashboard.server.connection import get_client
from dashboard.server.parts import stored_part
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.channel_effects import effects_of
from dashboard.widgets.charts import charts
from dashboard.widgets.facts_panel import panel as facts_element
from dashboard.widgets.shown_bands import seen_url, with_bands
from dashboard.widgets.text import escape, percent, round_values, short
from dashboard.widgets.tiles_at_hand import tiles_of
from shared.analyses.channel_portrait.figures import mean_figure
from shared.analyses.channel_portrait.parts import KERNEL, PORTRAIT, SKETCH
from shared.analyses.channel_portrait.spec import ChannelPortrait, portrait_parts
from shared.analyses.filter_atlas.spec import FilterAtlas
from shared.client import Client
from shared.results import Part
from shared.store import RunRecord

_stage = browser_element("portrait_stage")
PICKED = "channel_portrait/picked"
# From this share of its sum on, a channel's response is one to the border: of a map of 32 units a side, 23 % lie there.
MOSTLY = 0.5
FOUND = {"portrait": "What excites it most", "opposite": "What silences it most"}


def parts_of(client: Client, run: RunRecord) -> dict[str, Part]:
    """The parts that are made, by name; a kernel among them where the layer sees the picture."""
    names = [*portrait_parts(spec_of(run)), "kernel"]
    found = {name: stored_part(client, run, i) for i, name in enumerate(names) if i < (run.total or 0)}
    return {name: part for name, part in found.items() if part is not None}


def spec_of(run: RunRecord) -> ChannelPortrait:
    """The spec of a run of this kind."""
    return ChannelPortrait(**run.fields)


def stage(run: RunRecord, parts: Mapping[str, Part], lens: str) -> None:
    """Draw the pictures of a lens."""
    data = stage_data(run, parts, lens)
    _stage(key="stage", data={**data, **_beside(run)} if lens == "portrait" else data, on_lens_change=_picked)
    if st.session_state.pop(PICKED, False):
        st.rerun()  # the lenses stand outside of what is drawn again by itself


def _beside(run: RunRecord) -> dict[str, Any]:
    """Real pictures that excite the channel, or the way to them."""
    model, layer, channel = str(run.fields["model"]), str(run.fields["layer"]), int(run.fields["channel"])
    real = real_figure(get_client(), model, layer, channel)
    return {"real": real, "offer": None if real else offer(model, layer)}


def _picked() -> None:
    """A small picture was clicked: look through its lens."""
    if lens := st.session_state["stage"].get("lens"):
        choose_lens(str(lens))
        st.session_state[PICKED] = True


def stage_data(run: RunRecord, parts: Mapping[str, Part], lens: str) -> dict[str, Any]:
    """What the browser needs, as JSON values: figures, a history to play, or a kernel."""
    spec, over = spec_of(run), run.over
    data: dict[str, Any] = {"lens": lens, "figures": [], "history": None, "kernel": None, "note": ""}
    data["others"] = _others(run, parts) if lens == "portrait" else []
    if lens == "kernel":
        kernel = parts.get("kernel")
        data["kernel"] = None if kernel is None else kernel_data(run, kernel)
        data["note"] = "" if kernel else _no_kernel(run)
        return data
    wanted = {
        "portrait": ["portrait"],
        "history": ["portrait"],
        "opposite": ["portrait", "opposite"],
        "facets": [f"facet_{i}" for i in range(spec.facets)],
    }[lens]
    best = PORTRAIT.read(parts["portrait"])["answer"] if "portrait" in parts else None
    data["figures"] = [_figure(run, parts, name, best) for name in wanted if name in portrait_parts(spec)]
    if lens == "history" and "portrait" in parts:
        data["history"] = history_data(run, parts["portrait"])
    if lens in ("opposite", "facets") and not getattr(spec, lens):
        data["note"] = f"This portrait was made without {lens}; choose it under More settings."
    if lens == "history" and "portrait" not in parts:
        data["note"] = "The way is shown once the portrait is made." if not over else "The portrait was not made."
    return data


def _no_kernel(run: RunRecord) -> str:
    if not run.over and not run.total:
        return "Reading the model."
    return (
        f"{run.fields['layer']} does not see the picture itself, so its kernel is no picture: it weighs the "
        "channels of the layer in front. Choose a first convolution to see one."
    )


def _figure(run: RunRecord, parts: Mapping[str, Part], name: str, best: float | None) -> dict[str, Any]:
    part = parts.get(name) or (_sketch(parts) if name == "portrait" else None)
    title = FOUND.get(name) or f"Facet {int(name[-1]) + 1}"
    if part is None and name == "portrait" and (tile := _tile_figure(run, title)):
        return tile
    if part is None:
        waiting = "not made yet" if not run.over or not run.kind or run.status == "absent" else "not made"
        return {"title": title, "url": "", "note": waiting, "alt": f"{title}: {waiting}"}
    place = f"channel {PORTRAIT.read(part)['channel']} of {run.fields['layer']}"
    return {
        "title": title,
        "url": seen_url(run.key, part.index, "image"),
        "note": _note(part, name, best),
        "alt": f"{title}: {place}",
        "dead": bool(PORTRAIT.read(part).get("dead")),
    }


def _tile_figure(run: RunRecord, title: str) -> dict[str, Any] | None:
    """The channel's tile in place of a portrait that is not there; None where no atlas has one."""
    model, layer, channel = str(run.fields["model"]), str(run.fields["layer"]), int(run.fields["channel"])
    found = tiles_of(get_client(), model, layer, channel)
    if found is None or not found.quality(channel):
        return None
    size, what = found.run.fields.get("size"), "its tile" if found.quality(channel) == 2 else "a first look"
    from_ = "an atlas" if found.run.kind == FilterAtlas.kind else "a search for twins"
    note = f"{what} from {from_} of the layer, {size} px; the large portrait takes its place"
    return {"title": title, "url": found.url(channel), "note": note, "alt": f"{title}: channel {channel} of {layer}"}


def _others(run: RunRecord, parts: Mapping[str, Part]) -> list[dict[str, str]]:
    """The opposite and the facets in small, each with the lens that shows it large."""
    return [
        {"title": name.split("_")[0], "lens": "opposite" if name == "opposite" else "facets",
         "url": seen_url(run.key, parts[name].index, "image")}
        for name in portrait_parts(spec_of(run))[1:]
        if name in parts and not name.startswith("sketch")
    ]  # fmt: skip


def _sketch(parts: Mapping[str, Part]) -> Part | None:
    return max((p for n, p in parts.items() if n.startswith("sketch")), key=_step, default=None)


def _step(part: Part) -> int:
    return SKETCH.read(part)["step"]


def _note(part: Part, name: str, best: float | None) -> str:
    if "step" in part.facts:
        return f"on its way, after step {_step(part)}"
    facts = PORTRAIT.read(part)
    if facts["dead"]:
        return f"dead: {facts['reason']}"
    if name == "opposite" and facts.get("hidden"):
        return f"{short(facts['answer'])} behind {facts['hidden']}: what goes into that activation could not be read"
    if name == "opposite":
        cut = facts["before"] or facts["objective"] != facts["answer"]
        return short(facts["answer"]) + (f" after its activation ({short(facts['objective'])} before)" if cut else "")
    if name == "portrait" or not best or best <= 0:
        return short(facts["answer"])
    return f"{short(facts['answer'])}, {100 * facts['answer'] / best:.0f} % of the portrait's"


def history_data(run: RunRecord, part: Part) -> dict[str, Any]:
    """What the player needs."""
    count, height, width = PORTRAIT.read_arrays(part)["history"].shape[:3]
    return {
        "url": with_bands(frames_url, run, part.index),
        "frames": int(count),
        "height": int(height),
        "width": int(width),
        "alt": f"The way of channel {PORTRAIT.read(part)['channel']} of {run.fields['layer']}, in {count} frames",
    }


def kernel_data(run: RunRecord, part: Part) -> dict[str, Any]:
    """The kernel's picture and numbers."""
    facts, weights = KERNEL.read(part), KERNEL.read_arrays(part)["kernel"]
    names = ("red", "green", "blue") if weights.shape[-1] == 3 else ("grey",)
    height, width = weights.shape[:2]
    return {
        "url": seen_url(run.key, part.index, "kernel"),
        "title": f"{height} × {width} kernel of {facts['layer']}",
        "largest": float(np.abs(weights).max()),
        "bias": facts["bias"],
        "planes": [
            {"name": name, "rows": [round_values(row, 3) for row in weights[..., i]]} for i, name in enumerate(names)
        ],
        "alt": f"Kernel of channel {facts['channel']} of {facts['layer']}, {height} by {width} pixels",
    }


def panel(run: RunRecord, parts: Mapping[str, Part], lens: str) -> None:
    """Draw the curve and the numbers of a lens at the right."""
    facts_element(key="portrait-panel", data=panel_data(run, parts, lens))
    without_channel(run)
    if part := parts.get(_drawn(lens)):
        charts("portrait-curve", [mean_figure(part)], view=f"{run.key}/{lens}")


def without_channel(run: RunRecord) -> None:
    """What classes lose without the channel, where it was switched off, and the way to switch it off."""
    model, layer, channel = str(run.fields["model"]), str(run.fields["layer"]), int(run.fields["channel"])
    effects = effects_of(get_client(), model, layer)
    if effects and (said := effects.words(channel)):
        st.caption(f"**Without it**, mean change of the logit with its 95 % interval: {escape(said)}. "
                   f"[All channels]({effects.url(channel)})")  # fmt: skip
    st.page_link(script("switches"), label="Switch it off for a photograph", icon=":material/toggle_off:",
                 query_params={"model": model, "layer": layer, "off": str(channel)})  # fmt: skip


def _drawn(lens: str) -> str:
    """Name of the part that a lens's numbers are of."""
    return {"opposite": "opposite", "facets": "facet_0"}.get(lens, "portrait")


def panel_data(run: RunRecord, parts: Mapping[str, Part], lens: str) -> dict[str, Any]:
    """What the browser needs, as JSON values."""
    part, title = parts.get(_drawn(lens)), f"Channel {run.fields['channel']}"
    if part is None:
        return {"title": title, "note": "Computing …" if not run.over else "", "facts": []}
    return {
        "title": title,
        "note": _dead(part) if PORTRAIT.read(part)["dead"] else "",
        "facts": _facts(run, part, parts),
    }


def at_border(share: float | None) -> str:
    """What is said of a channel that responds mostly at its map's border; "" of any other."""
    if share is None or share < MOSTLY:
        return ""
    return f"{percent(share)} of the sum: padding, not a feature"


def _dead(part: Part) -> str:
    return f"Dead: {PORTRAIT.read(part)['reason']}."


def _facts(run: RunRecord, part: Part, parts: Mapping[str, Part]) -> list[list[str]]:
    fields, facts = run.fields, PORTRAIT.read(part)
    rows = [
        ["Mean", f"{short(facts['objective_start'])} → {short(facts['objective'])}"],
        ["Size", f"{facts['size']} × {facts['size']} px"],
        ["Steps", f"{fields.get('steps')}, each of size {short(fields.get('step_size', 0))}"],
        ["Starts tried", str(facts["starts"])],
        ["Seed", str(fields.get("seed"))],
    ]
    facets = [PORTRAIT.read(p) for n, p in parts.items() if n.startswith("facet")]
    others = [one["answer"] for one in facets if not one["dead"]]
    if border := at_border(facts.get("edge_share")):
        rows.insert(1, ["At the border", border])
    if others:
        rows.insert(1, ["Facets", f"{short(min(others))} … {short(max(others))}"])
    if "opposite" in parts:
        rows.insert(1, ["Opposite", _note(parts["opposite"], "opposite", None)])
    return rows
