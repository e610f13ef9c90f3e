"""The choices of the comparison's page: a network before and one after, a picture, and how much is drawn."""

import streamlit as st

from dashboard.runs.choices import Choice, RunChoices
from dashboard.server.connection import get_client
from dashboard.widgets.address import NONE
from dashboard.widgets.mode_choice import follow_mode
from dashboard.widgets.model_choice import choose_model, model_title
from dashboard.widgets.picture_choice import add_picture, choose_picture
from dashboard.widgets.text import count
from shared.analyses import CompareModels
from shared.client import Client

PREFIX = "compare_models"
BEFORE, AFTER, IMAGE = (f"{PREFIX}.{name}" for name in ("model", "other", "image"))
# Parameters of the address that belong to one run's view.
LAYER, OPACITY = "layer", "opacity"
CHOICES = RunChoices(CompareModels, PREFIX, {"model": NONE, "other": NONE, "image": "sample/cat"}, (LAYER,))
USUAL = "keras/mobilenetv2/imagenet"


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    CHOICES.follow_address(client)
    follow_mode(PREFIX)
    _start(client)
    with st.sidebar:
        before = choose_model(client, BEFORE, "Before")
        after = choose_model(client, AFTER, "After")
        _offer_origins(client, before, after)
        _offer_swap()
        image = choose_picture(client, IMAGE, "Picture")
        add_picture(IMAGE)
        values = CHOICES.form(("mode", "most_layers", "most_channels"), hidden=("model", "other", "image"))
        fields = {"model": before, "other": after, "image": image, **values}
        return CHOICES.chosen(client, fields if before != after else None)


def _start(client: Client) -> None:
    """What is not chosen yet: a network that was trained here, and what it was trained from."""
    state, names = st.session_state, client.models.names()
    before, after = (names.get(state[key], state[key]) for key in (BEFORE, AFTER))
    if after == NONE and before != NONE and origins(client, before):
        before, after = NONE, before
    if after == NONE:
        own = [str(row["reference"]) for row in client.models.records()]
        trained = [one for one in own if origins(client, one)]
        after = next((one for one in [*trained[::-1], *own, USUAL] if one != before), USUAL)
    if before == NONE:
        before = next(iter(origins(client, after).values()), after)
    state[BEFORE], state[AFTER] = before, after


def origins(client: Client, reference: str) -> dict[str, str]:
    """What a trained network came from, by its recipe: words to reference; the nearest first."""
    found: dict[str, str] = {}
    for row in client.models.records():
        recipe = row.get("recipe") if row["reference"] == reference else None
        if isinstance(recipe, dict):
            metrics = recipe.get("metrics") or {}
            found |= {
                "Before fine-tuning": str(metrics.get("head_model") or ""),
                "Its base": str(recipe.get("model") or ""),
            }
    return {words: origin for words, origin in found.items() if origin and origin != reference}


def _offer_origins(client: Client, before: str, after: str) -> None:
    for words, origin in origins(client, after).items():
        if origin != before:
            title = model_title(origin, client.models.names())
            st.button(words, key=f"{PREFIX}/{words}", on_click=_set, args=(BEFORE, origin), type="tertiary",
                      icon=":material/history:", help=f"Compare with {title}.")  # fmt: skip


def _offer_swap() -> None:
    st.button("Swap before and after", key=f"{PREFIX}/swap", on_click=_swap, type="tertiary",
              icon=":material/swap_vert:")  # fmt: skip


def _set(key: str, value: str) -> None:
    st.session_state[key] = value


def _swap() -> None:
    state = st.session_state
    state[BEFORE], state[AFTER] = state[AFTER], state[BEFORE]


def plan(spec: CompareModels) -> str:
    """How much there is to do, in words."""
    layers = len(spec.layers) or spec.most_layers
    which = "the named layers" if spec.layers else f"the {count(layers, 'layer')} that moved most"
    return (
        f"All weights are compared, then {count(spec.most_channels, 'channel')} of each of {which} are "
        "maximized in both networks: at most "
        f"{count(2 * layers * spec.most_channels, 'tile')} of {spec.size} × {spec.size} pixels."
    )
