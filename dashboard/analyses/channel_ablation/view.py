"""An ablation on the page: what a class rests on, channel by channel, and the chosen channel at the right."""

import math
from typing import Any

import numpy as np
import streamlit as st

from dashboard.analyses.channel_ablation.choices import CHANNEL, CLASS, plan
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.widgets.address import channel_url, keep_choice, keep_choices, remember_choice
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.channel_effects import ablation_of_run
from dashboard.widgets.channel_examples import EDGES, pieces_url, places_of, read_examples, run_with_channel
from dashboard.widgets.channel_examples import channels_of as rows_of_examples
from dashboard.widgets.charts import charts
from dashboard.widgets.dataset_choice import card_of, dataset_title
from dashboard.widgets.dataset_pictures import COLUMNS, EDGE, MOST, pictures_url
from dashboard.widgets.picture_grid import GridPicture, picture_grid
from dashboard.widgets.text import count, escape, short
from dashboard.widgets.tiles_at_hand import tiles_of
from shared.analyses.channel_ablation.figures import curves_figure, effects_figure, estimate_figure
from shared.analyses.channel_ablation.numbers import Ablation, cost_at
from shared.store import RunRecord

LISTED, PIECES, TOGETHER = 20, 4, 20
WAYS = {"zero": "replaced by zero", "mean": "replaced by its mean", "resample": "replaced by another picture's"}
_list, _panel = browser_element("effect_list"), browser_element("panel")


def _draw(run: RunRecord) -> None:
    found = ablation_of_run(run)
    if found is None:
        return
    with st.columns([1, 2])[0]:
        number = _choose_class(found)
    if not len(found.channels):
        _estimates_alone(run, found, number)
        return
    left, right = st.columns([3.2, 1.2], gap="large")
    with left:
        _figures_in_words(run, found, number)
        chosen = _chosen_channel(found)
        _list(key="ablation-list", data=list_data(run, found, number), **keep_choices("ablation-list", CHANNEL))
        one, two = st.columns(2, gap="medium")
        with one:
            charts("effects", [effects_figure(found, number, chosen)], view=f"{run.key} {number}",
                   on_chosen_change=keep_choice("effects", "chosen", CHANNEL))  # fmt: skip
        with two:
            if found.curves:
                charts("curves", [curves_figure(found, number)], view=f"{run.key} {number}")
        charts("estimates", [estimate_figure(found, number)], view=f"{run.key} {number}", table=False,
               on_chosen_change=keep_choice("estimates", "chosen", CHANNEL))  # fmt: skip
    with right, st.container(key="stays-in-sight"):
        _side(run, found, number, chosen)


def _choose_class(found: Ablation) -> int:
    """The class whose channels are looked at; those without pictures are not offered."""
    there = [k for k in range(len(found.classes)) if found.has(k)]
    asked = st.query_params.get(CLASS, "")
    start = int(asked) if asked.isdigit() and int(asked) in there else there[0]
    label = "Number" if found.facts["answers"] == "numbers" else "Class"
    key = "channel_ablation/class"
    if st.session_state.get(key) not in there or st.session_state.get(f"{key}/asked") != asked:
        st.session_state[key], st.session_state[f"{key}/asked"] = start, asked
    return int(st.selectbox(label, there, key=key, format_func=lambda k: found.classes[k], on_change=_keep_class))


def _keep_class() -> None:
    chosen = str(st.session_state["channel_ablation/class"])
    st.session_state["channel_ablation/class/asked"] = chosen
    remember_choice(CLASS, chosen)


def _chosen_channel(found: Ablation) -> int | None:
    asked = st.query_params.get(CHANNEL, "")
    return int(asked) if asked.isdigit() and int(asked) in found.channels else None


def _estimates_alone(run: RunRecord, found: Ablation, number: int) -> None:
    """Before the first exact value: the channels that the gradient says cost most."""
    values = found.base["estimate"][:, number]
    best = np.argsort(values, kind="stable")[:LISTED]
    rows = [f"{found.base['channels'][row]} ({short(float(values[row]))})" for row in best]
    st.caption(escape(f"Estimated by the gradient, before the exact values: {found.classes[number]} loses most without "
                      f"channel {', '.join(rows)}."))  # fmt: skip
    if run.over:
        st.info("No channel was switched off before the run ended.", icon=":material/power_settings_new:")


def _figures_in_words(run: RunRecord, found: Ablation, number: int) -> None:
    """Numbers above the list: how much the class rests on few channels, and how far the ranking can be trusted."""
    numbers = found.facts["answers"] == "numbers"
    name = found.classes[number]
    columns = st.columns(4)
    with columns[0]:
        st.metric("Error" if numbers else f"Accuracy on {escape(name)}", _score(found, found.accuracy(number)))
        st.caption(f"{count(int(found.base['own'][:, number].sum()), 'picture')}, every channel on.")
    with columns[1]:
        _together(found, number)
    with columns[2]:
        st.metric("Split half", _fixed(found.split_half(number)))
        st.caption("Rank correlation of the effects in two halves of the pictures.")
    with columns[3]:
        st.metric("Estimate", _fixed(found.agreement(number)))
        st.caption("Correlation of the gradient's estimates with the exact changes.")
    if run.total and not run.over:
        st.caption(f"{len(found.channels)} of {count(len(found.base['channels']), 'channel')} so far.")
    if not found.facts["cut"]:
        st.caption("The layer runs in a way that the network could not be cut behind; all of it ran for each channel.")


def _together(found: Ablation, number: int) -> None:
    """What the strongest cost together, beside as many that chance drew."""
    if found.curves is None:
        st.metric("Together", "–")
        st.caption("Comes last: the strongest channels off together.")
        return
    at = max(i for i, off in enumerate(found.curves["off"]) if off <= TOGETHER)
    off, curves = int(found.curves["off"][at]), found.curves
    lost = float(curves["strongest"][number, at] - curves["strongest"][number, 0])
    chance = float(np.mean(curves["random"][:, number, at]) - curves["strongest"][number, 0])
    st.metric(f"{count(off, 'channel')} off", _difference(found, lost))
    st.caption(f"The strongest together. As many drawn by chance: {_difference(found, chance)}.")


def list_data(run: RunRecord, found: Ablation, number: int) -> dict[str, Any]:
    """What the browser needs to draw the channels, as JSON values."""
    order = found.order(number)[:LISTED]
    largest = max(float(np.abs(found.own[order, number]).max()), 1e-12)
    without, flips, whole = found.accuracy_without(number), found.flip_counts(), found.accuracy(number)
    model, layer = str(run.fields["model"]), found.facts["path"]
    rows = []
    for row in map(int, order):
        channel = int(found.channels[row])
        mean, low, high = found.interval(row, number)
        tiles = tiles_of(get_client(), model, layer, channel)
        rows.append({
            "channel": channel, "tile": tiles.url(channel) if tiles else "", "pieces": _pieces(model, layer, channel),
            "change": _signed(mean), "interval": f"{_signed(low)} to {_signed(high)}" if math.isfinite(low) else "",
            "score": _score_words(found, float(without[row]) - whole), "sign": "loss" if mean <= 0 else "gain",
            "flips": "" if found.facts["answers"] == "numbers" else f"{count(int(flips[row]), 'picture')} flip",
            "length": round(100 * abs(mean) / largest, 1),
        })  # fmt: skip
    left = len(found.channels) - len(rows)
    return {
        "title": f"Channels that {found.classes[number]} rests on", "rows": rows,
        "chosen": st.query_params.get(CHANNEL, ""),
        "more": f"and {count(left, 'channel')} that cost it less, in the exports" if left > 0 else "",
    }  # fmt: skip


def _pieces(model: str, layer: str, channel: int) -> str:
    """Address of pictures that excite a channel; "" where no run has looked for them."""
    client = get_client()
    run = run_with_channel(client, model, layer, channel)
    found = read_examples(client, run) if run else None
    if run is None or found is None or found.best is None or card_of(client, str(run.fields["dataset"])) is None:
        return ""
    channels = rows_of_examples(run) or list(range(len(found.best.values)))
    if channel not in channels:
        return ""
    places = places_of(found.best, channels.index(channel))[:PIECES]
    return pieces_url(str(run.fields["dataset"]), places, EDGES[0], PIECES) if places else ""


def _side(run: RunRecord, found: Ablation, number: int, chosen: int | None) -> None:
    if chosen is None:
        _panel(key="panel", data=overview_data(run, found))
        return
    row = int(np.searchsorted(found.channels, chosen))
    _panel(key="panel", data=channel_data(run, found, number, row))
    _flipped(run, found, row)


def overview_data(run: RunRecord, found: Ablation) -> dict[str, Any]:
    """The run in numbers, as JSON values."""
    facts = found.facts
    where = f"{facts['height']} × {facts['width']}" if facts["height"] * facts["width"] > 1 else ""
    rows = [["Layer", facts["path"]], ["Channels", f"{facts['channels']:,}"], ["Map", where],
            ["Pictures", f"{len(found.base['pictures']):,}"], ["Score", _score(found, found.accuracy())],
            ["Output", facts["output"]]]  # fmt: skip
    cost = cost_at(found, TOGETHER)
    if cost:
        rows += [[f"{TOGETHER} strongest off", _difference(found, cost[1] - cost[0])],
                 [f"{TOGETHER} by chance off", _difference(found, cost[2] - cost[0])]]  # fmt: skip
    return {"title": "These pictures", "note": "Click a channel to see its effect on every class and the pictures that "
            "flip without it.", "facts": [row for row in rows if row[1]]}  # fmt: skip


def channel_data(run: RunRecord, found: Ablation, number: int, row: int) -> dict[str, Any]:
    """One channel in numbers, as JSON values."""
    channel, model, layer = int(found.channels[row]), str(run.fields["model"]), found.facts["path"]
    tiles = tiles_of(get_client(), model, layer, channel)
    order = [k for k in np.argsort(-np.abs(np.nan_to_num(found.own[row]))) if found.has(int(k))][:8]
    changes = [[found.classes[int(k)], _signed(float(found.own[row, k]))] for k in order]
    without = float(found.accuracy_without()[row])
    return {
        "title": f"Channel {channel}", "url": tiles.url(channel) if tiles else "", "alt": f"Tile of channel {channel}",
        "note": f"Change of each class's {'value' if found.better < 0 else 'logit'} over its own pictures, the largest "
        f"first; {found.classes[number]} is looked at.",
        "facts": [*changes, ["Score without it", _score(found, without)], ["With it", _score(found, found.accuracy())],
                  ["Estimate", short(float(found.estimate(number)[row]))]],
        "channel": channel_url(model, layer, channel),
    }  # fmt: skip


def _flipped(run: RunRecord, found: Ablation, row: int) -> None:
    """The pictures that are taken for something else without the channel, each with both names."""
    rows = found.flips(row)
    if found.facts["answers"] == "numbers":
        return
    if not len(rows):
        st.caption("**No picture flips** without it.")
        return
    reference, shown = str(run.fields["dataset"]), rows[: min(MOST, 24)]
    if card_of(get_client(), reference) is None:
        st.caption(f"**{count(len(rows), 'picture')} flip.** Their data set is not on this installation.")
        return
    names = [*found.classes, "another class"]
    items = [GridPicture(str(int(found.base["pictures"][i])), names[found.predicted[row, i]],
                         f"{names[found.base['predicted'][i]]} becomes {names[found.predicted[row, i]]}")
             for i in shown]  # fmt: skip
    picture_grid("ablation-flips", pictures_url(reference, [int(found.base["pictures"][i]) for i in shown]), items,
                 columns=COLUMNS, edge=EDGE, title="Pictures that flip", tile=72, named=True,
                 note=f"{len(shown)} of {len(rows):,}, with what they become")  # fmt: skip


def _score(found: Ablation, value: float) -> str:
    return short(value) if found.better < 0 else f"{value:.1%}"


def _difference(found: Ablation, value: float) -> str:
    if found.better < 0:
        return _signed(value)
    if abs(value) < 0.0005:
        return "unchanged"
    return f"{100 * value:+.1f} points".replace("-", "−")


def _score_words(found: Ablation, value: float) -> str:
    words = _difference(found, value)
    return f"error {words}" if found.better < 0 else f"accuracy {words}"


def _signed(value: float) -> str:
    return f"{value:+.3g}".replace("-", "−") if math.isfinite(value) else "–"


def _fixed(value: float) -> str:
    return f"{value:.3f}".replace("-", "−") if math.isfinite(value) else "–"


def _steps(run: RunRecord) -> list[str]:
    return [str(run.fields["layer"])]


def _details(run: RunRecord) -> list[str]:
    title = dataset_title(str(run.fields["dataset"]), get_client().datasets.names())
    pictures = run.facts.get("metrics", {}).get("pictures")
    return [title, str(run.fields["split"]), count(pictures, "picture") if pictures else "",
            WAYS[str(run.fields["replace_by"])]]  # fmt: skip


VIEW = View(
    draw=_draw,
    steps=_steps,
    details=_details,
    files={"Channels by effect": "ablation.json", "All numbers": "arrays.npz"},
    kept=(CLASS, CHANNEL),
    plan=plan,
    ask="Switch channels off",
)
