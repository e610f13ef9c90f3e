"""The choices of the class images' page: model, classes, and the gradient ascent."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.runs.choices import Choice, RunChoices
from dashboard.server.connection import get_client
from dashboard.widgets.class_choice import refused_class
from dashboard.widgets.layer_choice import inspect, wait_for_layers
from dashboard.widgets.mode_choice import follow_mode
from dashboard.widgets.model_choice import choose_model
from dashboard.widgets.text import count, escape
from shared.analyses.class_maximization.spec import ClassMaximization, class_parts
from shared.client import Client
from shared.errors import PermanentError

PREFIX = "class_maximization"
CLASSES = f"{PREFIX}.classes"
# The classes that the readings show, and some that come out well; numbers of ImageNet.
PRESETS: Mapping[str, str] = {"Sea snake": "65", "Magpie": "18", "Flamingo": "130", "Sea snake and magpie": "65,18"}
IMAGENET_CLASSES = 1000
CHOICES = RunChoices(ClassMaximization, PREFIX, {"model": "keras/mobilenetv2/imagenet", "classes": [65]})


def choose() -> Choice:
    """Draw the choices in the sidebar; returns the run they stand for."""
    client = get_client()
    CHOICES.follow_address(client)
    follow_mode(PREFIX, ClassMaximization)
    # A list in an address or a spec is text in a control.
    given = st.session_state.get(CLASSES) or ""
    st.session_state[CLASSES] = given if isinstance(given, str) else ", ".join(map(str, given))
    with st.sidebar:
        model = choose_model(client, f"{PREFIX}.model")
        labels = _class_names(client, model)
        _presets(labels, model)
        classes, refusal = _classes(labels)
        values = CHOICES.form(("mode", "steps", "naive"), hidden=("model", "classes"))
    fields = {"model": model, "classes": classes, **values} if classes and not refusal else None
    return CHOICES.chosen(client, fields, refused=bool(refusal))


def _class_names(client: Client, model: str) -> Sequence[str]:
    """Names of the model's classes; () while its layer table is being read, or where it has none."""
    try:
        inspection = inspect(client, model)
    except PermanentError:
        return ()  # said where the run is asked for
    if not inspection.facts:
        wait_for_layers(inspection)
    return tuple(inspection.facts.get("classes", ()))


def _presets(labels: Sequence[str], model: str) -> None:
    """The readings' classes, where the head is ImageNet's."""
    imagenet = len(labels) == IMAGENET_CLASSES or model.endswith("/imagenet")
    if not imagenet:
        return

    def take() -> None:
        chosen = st.session_state[f"{PREFIX}/preset"]
        if chosen:
            st.session_state[CLASSES] = PRESETS[chosen]

    text = st.session_state[CLASSES].replace(" ", "")
    st.session_state[f"{PREFIX}/preset"] = next((name for name, value in PRESETS.items() if value == text), None)
    st.pills("Suggested classes", list(PRESETS), key=f"{PREFIX}/preset", on_change=take)


def _classes(labels: Sequence[str]) -> tuple[str, str]:
    """Their text, and why it cannot be."""
    text = st.text_input(
        "Classes", key=CLASSES, placeholder="65, magpie",
        help="Numbers or names with commas between. Of a single sigmoid unit, 1 is yes and 0 is no.",
    )  # fmt: skip
    refusal = refused_class([word.strip() for word in text.split(",") if word.strip()], labels)
    if refusal:
        st.error(escape(refusal), icon=":material/error:")
    return text.strip(), refusal


def plan(spec: ClassMaximization) -> str:
    """How many pictures and steps there will be, in words."""
    size = f"{spec.size} × {spec.size} pixels" if spec.size else "in the model's own size"
    return f"{count(len(class_parts(spec)), 'picture')}, {size}, {count(spec.steps, 'step')} each."
