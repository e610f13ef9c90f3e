"""Channel switches on the page: the choices, a switch a channel, and what the network says with and without them."""

from typing import Any

import numpy as np
import streamlit as st

from dashboard.runs.choices import Choice, RunChoices
from dashboard.runs.run_now import compute_now
from dashboard.runs.view import View
from dashboard.server.connection import get_client
from dashboard.server.parts import stored_part
from dashboard.widgets.address import NONE, channel_url
from dashboard.widgets.browser_elements import browser_element
from dashboard.widgets.layer_choice import choose_layer
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.output_choice import choose_output
from dashboard.widgets.picture_choice import add_picture, choose_picture, picture_title
from dashboard.widgets.shown_bands import seen_url
from dashboard.widgets.text import class_name, count, percent, short
from dashboard.widgets.tiles_at_hand import tiles_of
from shared.analyses.activations.spec import Activations
from shared.analyses.channel_switches.parts import SWITCHED, SwitchArrays, SwitchFacts
from shared.analyses.channel_switches.spec import ChannelSwitches
from shared.analyses.outputs import OutputPrediction
from shared.client import Client
from shared.errors import ConvscopeError
from shared.library.bundled import STAND_IN
from shared.store import RunRecord

PREFIX = "channel_switches"
# In the session: the channels that are off, and the model and layer whose they are.
OFF, OF_LAYER = f"{PREFIX}.off", f"{PREFIX}/of_layer"
CLICKED = f"{PREFIX}/clicked"
CHOICES = RunChoices(ChannelSwitches, PREFIX, {"model": STAND_IN, "image": "sample/cat", "layer": NONE})
# Switches that are drawn: the strongest channels, and all that are off.
STRONGEST, CLASSES = 60, 5
_switches = browser_element("switch_board")


def choose() -> Choice:
    """Draw the choices in the sidebar; what they stand for is asked for at once."""
    client = get_client()
    if CHOICES.follow_address(client) is not None:
        st.session_state[OF_LAYER] = None
    with st.sidebar:
        model = choose_model(client, f"{PREFIX}.model")
        layer, failure = choose_layer(client, f"{PREFIX}.layer", model, Activations.kind, "Layers with channels.")
        before, st.session_state[OF_LAYER] = st.session_state.get(OF_LAYER), (model, layer)
        if before not in (None, (model, layer)):
            st.session_state[OFF] = ""  # the numbers would stand for other channels
        image = choose_picture(client, f"{PREFIX}.image", "Picture")
        add_picture(f"{PREFIX}.image")
        output, _ = choose_output(client, model, f"{PREFIX}.model_output", ask=True)
        hidden = ("model", "image", "layer", "model_output", "off")
        values = CHOICES.form(("replace_by",), hidden=hidden)
        off = str(st.session_state.get(OFF) or "")
        fields = {"model": model, "image": image, "layer": layer, "model_output": output, "off": off, **values}
        chosen = CHOICES.chosen(client, fields if layer else None, failure)
    _ask(client, chosen)
    return chosen


def _ask(client: Client, chosen: Choice) -> None:
    if chosen.spec is None:
        return
    try:
        compute_now(client, client.resolve(chosen.spec))
    except ConvscopeError:
        return  # the page says why


def _draw(run: RunRecord) -> None:
    part = stored_part(get_client(), run, 0)
    if part is None:
        return
    facts, arrays = SWITCHED.read(part), SWITCHED.read_arrays(part)
    _switches(key="switch-board", data=board_data(run, facts, arrays), on_off_change=_switch)
    if st.session_state.pop(CLICKED, False):
        st.rerun()  # the choices stand outside of what is drawn again by itself


def _switch() -> None:
    st.session_state[OFF] = str(st.session_state["switch-board"].get("off") or "")
    st.session_state[CLICKED] = True


def board_data(run: RunRecord, facts: SwitchFacts, arrays: SwitchArrays) -> dict[str, Any]:
    """What the browser needs to draw the switches, as JSON values."""
    off = [int(channel) for channel in run.fields.get("off") or ()]
    strongest = np.argsort(-arrays["strength"], kind="stable")[:STRONGEST]
    shown = list(dict.fromkeys([*off, *map(int, strongest)]))
    shown.sort(key=lambda channel: (-float(arrays["strength"][channel]), channel))
    channels, model = len(arrays["strength"]), str(run.fields["model"])
    return {
        "off": ",".join(map(str, off)),
        "picture": seen_url(run.key, 0, "picture"),
        "alt": f"{picture_title(str(run.fields['image']))}, as the network sees it",
        "channels": channels,
        "title": f"Channels of {facts['path']}",
        "note": f"{count(len(off), 'channel')} of {channels:,} off; the strongest {len(shown)} are drawn."
        if len(shown) < channels else f"{count(len(off), 'channel')} of {channels:,} off.",
        "switches": [_switch_data(model, facts["path"], c, float(arrays["strength"][c])) for c in shown],
        "predictions": prediction_rows(facts, arrays),
    }  # fmt: skip


def _switch_data(model: str, layer: str, channel: int, strength: float) -> dict[str, Any]:
    tiles = tiles_of(get_client(), model, layer, channel)
    return {"channel": channel, "tile": tiles.url(channel) if tiles else "", "strength": short(strength),
            "href": channel_url(model, layer, channel)}  # fmt: skip


def prediction_rows(facts: SwitchFacts, arrays: SwitchArrays) -> list[dict[str, Any]]:
    """The likeliest classes with every channel and the likeliest without, each with both probabilities; numbers."""
    if facts["on"]["ending"] == "number":
        return [{"name": one["name"] or "number", "on": short(one["value"]), "off": short(other["value"]),
                 "shares": [0, 0], "change": _signed(other["value"] - one["value"])}
                for one, other in zip(facts["on"]["numbers"], facts["off"]["numbers"], strict=True)]  # fmt: skip
    rows = []
    for k, name in {**_named(facts["on"], CLASSES), **_named(facts["off"], 1)}.items():
        on, off = float(arrays["given_on"][k]), float(arrays["given_off"][k])
        logit = float(arrays["logits_off"][k] - arrays["logits_on"][k])
        rows.append({"name": name, "on": percent(on), "off": percent(off), "shares": [on, off],
                     "change": f"logit {_signed(logit)}"})  # fmt: skip
    return rows


def _named(said: OutputPrediction, most: int) -> dict[int, str]:
    return {row["class"]: class_name(row) for row in said["top"][:most]}


def _signed(value: float) -> str:
    return f"{value:+.3g}".replace("-", "−")


def _steps(run: RunRecord) -> list[str]:
    off = [int(channel) for channel in run.fields.get("off") or ()]
    return [picture_title(str(run.fields["image"])), str(run.fields["layer"]),
            f"{count(len(off), 'channel')} off" if off else ""]  # fmt: skip


VIEW = View(
    draw=_draw,
    steps=_steps,
    details=lambda run: [f"replaced by {run.fields['replace_by']}"],
    files={"All logits": "arrays.npz"},
)
