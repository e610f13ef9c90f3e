"""The choices of the channel page: which channel in the sidebar; mode, lens and the way to its neighbours on top."""

from collections.abc import Mapping, Sequence
from typing import Any, cast, get_args

import streamlit as st

from dashboard.analyses.channel_portrait.kernel_lens import REASON, has_kernel
from dashboard.runs.choices import Choice, RunChoices
from dashboard.server.connection import get_client
from dashboard.widgets.address import NONE, remember
from dashboard.widgets.layer_choice import choose_layer, inspect, known_facts
from dashboard.widgets.mode_choice import follow_mode
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.picture_choice import add_picture, picture_title
from dashboard.widgets.text import count
from shared.analyses import FilterAtlas
from shared.analyses.ascent_modes import DEFAULT_MODE, AscentMode
from shared.analyses.channel_portrait.spec import ChannelPortrait
from shared.client import Client
from shared.errors import PermanentError, message

PREFIX = "channel_portrait"
MODEL, LAYER, CHANNEL, MODE = (f"{PREFIX}.{name}" for name in ("model", "layer", "channel", "mode"))
LENSES = ("portrait", "opposite", "facets", "history", "kernel", "map")
# Parameter of the address, and key of the control, that name the lens.
LENS, LENS_KEY = "lens", f"{PREFIX}/lens"
CHOICES = RunChoices(ChannelPortrait, PREFIX, {"model": "keras/vgg16/imagenet", "layer": NONE, "channel": 0})


def choose() -> Choice:
    """Draw the choices; returns the run they stand for. Model, layer and channel always stand in the address."""
    client = get_client()
    if CHOICES.follow_address(client) is not None:
        wanted = st.query_params.get(LENS, "")
        st.session_state[LENS_KEY] = wanted if wanted in LENSES else LENSES[0]
        if not isinstance(st.session_state[CHANNEL], int):
            st.session_state[CHANNEL] = 0
    follow_mode(PREFIX)
    with st.sidebar:
        model = choose_model(client, MODEL)
        layer, failure = choose_layer(client, LAYER, model, FilterAtlas.kind)
        channel = st.number_input("Channel", 0, 65535, key=CHANNEL, help="From 0. N and P go to the next and back.")
        values = CHOICES.form(("size", "steps"), {"image": ["", *client.images.names()]},
                              ("model", "layer", "channel", "mode"))  # fmt: skip
        add_picture(f"{PREFIX}.image", "Start from a picture of yours")
    channels = channels_of_layer(client, model, layer)
    mode = _bar(channel, channels, shown_lenses(client, model, layer))
    place = {"model": model, "layer": layer, "channel": channel}
    failure = failure or (_beyond(channel, channels, layer) if channels and channel >= channels else "")
    chosen = CHOICES.chosen(client, {**place, **values, "mode": mode} if layer and not failure else None, failure)
    remember({name: str(value) if value != "" else None for name, value in place.items()})
    return chosen


def channels_of_layer(client: Client, model: str, layer: str) -> int:
    """How many channels a layer has; 0 while its table is not read."""
    try:
        rows = inspect(client, model).layers(FilterAtlas.kind)
    except PermanentError:
        return 0
    return next((int(row["channels"] or 0) for row in rows if row["path"] == layer), 0)


def shown_lenses(client: Client, model: str, layer: str) -> tuple[str, ...]:
    """The lenses that have something to show of a layer; the one that is looked through stays, and says why not."""
    rows = known_facts(client, model, ask=False).get("layers", ())
    return LENSES if has_kernel(rows, layer) else tuple(n for n in LENSES if n != "kernel" or chosen_lens() == n)


def go_to(channel: int) -> None:
    """Choose another channel of the same layer; to be called before the controls are drawn, as callbacks are."""
    st.session_state[CHANNEL] = channel


def choose_lens(lens: str) -> None:
    """Look through another lens; to be called before the controls are drawn."""
    st.session_state[LENS_KEY] = lens if lens in LENSES else LENSES[0]


def chosen_lens() -> str:
    """The lens that is looked through."""
    return str(st.session_state.get(LENS_KEY) or LENSES[0])


def chosen_channel() -> tuple[str, str, int]:
    """Model, layer and channel that the controls name."""
    state: Mapping[str, Any] = cast(Mapping[str, Any], st.session_state)
    return str(state.get(MODEL, "")), str(state.get(LAYER, "")), int(state.get(CHANNEL, 0))


def plan(spec: ChannelPortrait) -> str:
    """How much a portrait is, in words."""
    pictures = [f"the best of {count(spec.tries, 'start')}" if spec.tries > 1 and not spec.image else "one picture"]
    pictures += ["its opposite"] if spec.opposite else []
    pictures += [count(spec.facets, "facet")] if spec.facets else []
    size = f"{spec.size} × {spec.size} pixels" if spec.size else "in a size that suits the model"
    image = f", from {picture_title(spec.image)}" if spec.image else ""
    return f"{', '.join(pictures).capitalize()}; {size}, {count(spec.steps, 'step')} each{image}."


def _bar(channel: int, channels: int, lenses: Sequence[str]) -> AscentMode:
    """The row on top: back, next, lenses, mode."""
    modes = get_args(AscentMode)
    st.session_state[MODE] = st.session_state.get(MODE) if st.session_state.get(MODE) in modes else DEFAULT_MODE
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        with st.container(horizontal=True, width="content", gap="small"):
            st.button("Previous", key="channel_portrait/previous", icon=":material/chevron_left:", shortcut="P",
                      disabled=channel == 0, on_click=go_to, args=(channel - 1,))  # fmt: skip
            last = bool(channels) and channel >= channels - 1
            st.button("Next", key="channel_portrait/next", icon=":material/chevron_right:", shortcut="N",
                      disabled=last, on_click=go_to, args=(channel + 1,))  # fmt: skip
        lens = st.segmented_control("Look at", lenses, key=LENS_KEY, required=True, format_func=str.capitalize,
                                    help=None if "kernel" in lenses else REASON)  # fmt: skip
        mode = st.segmented_control("Method", modes, key=MODE, required=True, help=_MODES)
    remember({LENS: lens if lens and lens != LENSES[0] else None}, step=True)
    return cast(AscentMode, mode or DEFAULT_MODE)


_MODES = (
    "classic: pixel by pixel, the honest naive way. lucid: in frequencies and decorrelated colours, moved a little in "
    "every step. maco: phases alone, with the spectrum of photographs."
)


def _beyond(channel: int, channels: int, layer: str) -> str:
    return message(f"a channel below {channels}, the channels of {layer}", channel, f"Choose 0 to {channels - 1}.")
