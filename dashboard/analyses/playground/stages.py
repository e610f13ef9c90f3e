"""The stages of the playground as controls: one fold a stage, with what is wrong or worth knowing right below it."""

from collections.abc import Mapping
from typing import Any, get_args

import streamlit as st

from dashboard.server.connection import get_client
from dashboard.widgets.errors import show_error
from dashboard.widgets.model_choice import choose_model, model_references
from dashboard.widgets.text import escape
from shared.analyses.playground.shapes import WEIGHT_TITLES
from shared.analyses.playground.spec import MOST_STAGES
from shared.analyses.playground.stages import (
    LARGEST_KERNEL,
    MOST_FILTERS,
    THREE_BY_THREE,
    Activation,
    Activations,
    Convolution,
    Pooling,
)

STAGES = "playground/stages"
KINDS = {"convolution": Convolution, "activation": Activation, "pooling": Pooling}
LENDER = "The first filters of its first convolution are used."
FIRST_GRID = "0 1 0\n1 -4 1\n0 1 0"
OPEN_AT_ONCE = 2
_DEFAULTS: dict[str, dict[str, Any]] = {name: kind().model_dump() for name, kind in KINDS.items()}
_DEFAULTS["convolution"] |= {"grid": FIRST_GRID}
_DEFAULTS["pooling"]["stride"] = 2


def set_stages(stages: list[dict[str, Any]]) -> None:
    """Replace all stages; their controls are new ones."""
    st.session_state[STAGES] = []
    for stage in stages:
        _append(stage, unfolded=len(stages) <= OPEN_AT_ONCE)


def _append(stage: Mapping[str, Any], unfolded: bool = True) -> None:
    number = st.session_state["playground/next"] = st.session_state.get("playground/next", 0) + 1
    st.session_state[STAGES].append({"id": number, "unfolded": unfolded, "open": unfolded, **_as_shown(stage)})


def add_stage(fields: Mapping[str, Any]) -> int:
    """Put a stage behind the others; returns its number from 1, or 0 where there are as many as can be."""
    if len(st.session_state[STAGES]) >= MOST_STAGES:
        return 0
    _append(fields)
    return len(st.session_state[STAGES])


def _as_shown(stage: Mapping[str, Any]) -> dict[str, Any]:
    """A stage's fields as the controls hold them."""
    shown = dict(stage)
    if "grid" in shown and not isinstance(shown["grid"], str):
        shown["grid"] = "\n".join(" ".join(f"{n:g}" for n in row) for row in shown["grid"])
    shown = {name: value for name, value in shown.items() if value not in (None, "")}
    if shown["type"] == "pooling" and not shown.get("stride"):
        shown["stride"] = shown.get("size", 2)
    return shown


def read_controls() -> None:
    """Take over what was set since the page was drawn last, so that titles above the controls are not a step behind."""
    for stage in st.session_state[STAGES]:
        size, key = stage.get("size"), f"playground.{stage['id']}."
        if size == stage.get("stride") and size != st.session_state.get(f"{key}size", size):
            # Windows that lay side by side go on doing so.
            st.session_state[f"{key}stride"] = st.session_state[f"{key}size"]
        for name in _DEFAULTS[stage["type"]]:
            if f"{key}{name}" in st.session_state:
                stage[name] = st.session_state[f"{key}{name}"]
        if stage.get("weights") in THREE_BY_THREE:
            stage["kernel"] = 3


def stages() -> list[dict[str, Any]]:
    """The fields of all stages, those that play no part left out."""
    return [_fields(stage, number) for number, stage in enumerate(st.session_state[STAGES])]


def _fields(stage: Mapping[str, Any], number: int) -> dict[str, Any]:
    names = [name for name in _names(stage) if name != "preprocess" or number == 0]
    return {"type": stage["type"]} | {name: _value(stage, name) for name in names}


def _value(stage: Mapping[str, Any], name: str) -> Any:
    """What a stage says; where it says nothing, the usual."""
    if name == "model" and not stage.get(name):
        return model_references(get_client())[0]  # what people added comes first: its weights are here
    return stage.get(name, _DEFAULTS[stage["type"]][name])


def _names(stage: Mapping[str, Any]) -> list[str]:
    if stage["type"] == "activation":
        return ["function"]
    if stage["type"] == "pooling":
        return ["how", "size", "stride", "padding"]
    weights = stage.get("weights", "random")
    more = {"random": ["seed", "kernel"], "typed": ["grid"], "model": ["model", "bias", "preprocess"]}.get(
        weights, ["kernel"]
    )
    return ["weights", *more, "filters", "stride", "dilation", "padding"]


def edit_stage(number: int, title: str) -> st.delta_generator.DeltaGenerator:
    """Draw one stage's controls, and keep what they say.

    Args:
        number: its place, from 0.
        title: what the stage is, said while its controls are folded away.

    Returns:
        A place below the controls, for what is to be said of them.
    """
    stage = st.session_state[STAGES][number]
    # A fold with another label or start is a new one to Streamlit, and the control that was just used would lose its
    # focus: so the label says no more than the kind, and the start changes only when stages move.
    label, key = f"{number + 1} · {stage['type'].capitalize()}", f"playground.{stage['id']}/fold"
    fold = st.expander(label, expanded=stage["unfolded"], key=key, on_change="rerun")
    stage["open"] = fold.open
    if fold.open:
        with fold:
            _controls(stage, number == 0)
            _order(number)
    elif title.lower() != stage["type"]:
        st.caption(escape(title))
    return st.container(gap="small")


def _controls(stage: dict[str, Any], first: bool) -> None:
    if stage["type"] == "convolution":
        _convolution(stage, first)
    elif stage["type"] == "activation":
        _activation(stage)
    else:
        _pooling(stage)


def _widget_key(stage: dict[str, Any], name: str) -> str:
    """Key of a control, its state set to what the stage says."""
    key = f"playground.{stage['id']}.{name}"
    st.session_state[key] = st.session_state.get(key, _value(stage, name))
    return key


def _keep(stage: dict[str, Any], name: str, value: Any) -> Any:
    stage[name] = value
    return value


def _number(stage: dict[str, Any], name: str, low: int, high: int, help_text: str) -> None:
    value = st.number_input(name.capitalize(), low, high, key=_widget_key(stage, name), step=1, help=help_text)
    _keep(stage, name, value)


def _select(stage: dict[str, Any], name: str, options: tuple[str, ...], titles: Mapping[str, str]) -> str:
    value = st.selectbox(name.capitalize(), options, key=_widget_key(stage, name),
                         format_func=lambda v: titles.get(v, v.replace("_", " ")))  # fmt: skip
    return str(_keep(stage, name, value))


def _convolution(stage: dict[str, Any], first: bool) -> None:
    weights = _select(stage, "weights", tuple(WEIGHT_TITLES), WEIGHT_TITLES)
    if weights in THREE_BY_THREE:
        st.session_state.pop(f"playground.{stage['id']}.kernel", None)
    left, right = st.columns(2)
    with left:
        _number(stage, "filters", 1, MOST_FILTERS, "How many maps come out.")
        _number(stage, "stride", 1, LARGEST_KERNEL, "Pixels from one window to the next.")
    with right:
        if weights not in ("typed", "model", *THREE_BY_THREE):
            _number(stage, "kernel", 1, LARGEST_KERNEL, "Height and width of the window.")
        _number(stage, "dilation", 1, 16, "Pixels from one number of the kernel to the next.")
    _padding(stage)
    if weights == "random":
        _number(stage, "seed", 0, 2**31 - 1, "Other seeds give other random numbers.")
    elif weights == "typed":
        value = st.text_area("Kernel", key=_widget_key(stage, "grid"), height=110, help="A row of numbers a line.")
        _keep(stage, "grid", value)
    elif weights == "model":
        _lender(stage, first)


def _lender(stage: dict[str, Any], first: bool) -> None:
    _keep(stage, "model", choose_model(get_client(), _widget_key(stage, "model"), words=LENDER))
    _keep(stage, "bias", st.toggle("With their biases", key=_widget_key(stage, "bias")))
    if first:
        label = "Preprocess the picture as the model does"
        _keep(stage, "preprocess", st.toggle(label, key=_widget_key(stage, "preprocess"), help="Needs colours."))


def _activation(stage: dict[str, Any]) -> None:
    _select(stage, "function", get_args(Activations), {"relu": "ReLU"})


def _pooling(stage: dict[str, Any]) -> None:
    _select(stage, "how", ("max", "average"), {"max": "maximum"})
    left, right = st.columns(2)
    with left:
        _number(stage, "size", 1, LARGEST_KERNEL, "Height and width of the window.")
    with right:
        _number(stage, "stride", 1, LARGEST_KERNEL, "Pixels from one window to the next; most often the size.")
    _padding(stage)


def _padding(stage: dict[str, Any]) -> None:
    _select(stage, "padding", ("valid", "same"), {"valid": "valid: no border", "same": "same: a border of zeros"})


def _order(number: int) -> None:
    """Move up, move down, remove."""
    last = len(st.session_state[STAGES]) - 1
    with st.container(horizontal=True, gap="small"):
        key = f"playground.{st.session_state[STAGES][number]['id']}"
        st.button("Up", type="tertiary", key=f"{key}/up", on_click=_move, args=(number, -1), disabled=number == 0)
        st.button("Down", type="tertiary", key=f"{key}/down", on_click=_move, args=(number, 1), disabled=number == last)
        st.button("Remove", type="tertiary", key=f"{key}/remove", on_click=_remove, args=(number,), disabled=last == 0)


def _move(number: int, by: int) -> None:
    stack = _keep_folds()
    stack.insert(number + by, stack.pop(number))


def _remove(number: int) -> None:
    _keep_folds().pop(number)


def _keep_folds() -> list[dict[str, Any]]:
    """All stages, whose folds will begin as they are now."""
    stack: list[dict[str, Any]] = st.session_state[STAGES]
    for stage in stack:
        stage["unfolded"] = stage["open"]
    return stack


def add_stage_buttons() -> None:
    """One button a kind of stage."""
    full = len(st.session_state[STAGES]) >= MOST_STAGES
    st.caption("That is the most stages there can be." if full else "Add a stage:")
    with st.container(horizontal=True, gap="small"):
        for name in KINDS:
            st.button(name.capitalize(), type="tertiary", key=f"playground/add-{name}", on_click=_append,
                      args=({"type": name},), disabled=full)  # fmt: skip


def say(place: st.delta_generator.DeltaGenerator, problem: str, warnings: tuple[str, ...]) -> None:
    """What is wrong with a stage, and what is worth knowing."""
    with place:
        if problem:
            show_error(problem)
        for line in warnings:
            st.markdown(f":small[:orange[:material/warning: {escape(line)}]]")
