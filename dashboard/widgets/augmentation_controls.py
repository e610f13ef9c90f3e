"""The controls of an Augmentation, for the preview and for whatever trains with it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from shared.analyses.augmentation import AUGMENTATION_PRESETS, Augmentation

FIELDS = tuple(Augmentation.model_fields)
TITLES = {"book": "Chollet's settings", "mirror": "Mirror", "none": "None"}
_STEPS = {"rotation": 5.0}


def augmentation_controls(prefix: str) -> dict[str, Any]:
    """Draw a control a field, and the presets above them.

    Args:
        prefix: of the controls' keys in the session, "<prefix>.<field>"; what is there already is kept.

    Returns:
        Field name to value.
    """
    schema = Augmentation.model_json_schema()["properties"]
    st.markdown("**Changes**")
    for column, name in zip(st.columns(len(AUGMENTATION_PRESETS), gap="small"), AUGMENTATION_PRESETS, strict=True):
        column.button(TITLES[name], key=f"{prefix}/preset-{name}", on_click=_presetter(prefix, name), width="stretch")
    return {name: _control(f"{prefix}.{name}", name, schema[name]) for name in FIELDS}


def _presetter(prefix: str, preset: str) -> Callable[[], None]:
    def fill() -> None:
        for name, value in Augmentation.model_validate(preset).model_dump().items():
            st.session_state[f"{prefix}.{name}"] = value

    return fill


def _control(key: str, name: str, field: dict[str, Any]) -> Any:
    label, words = name.replace("_", " ").capitalize(), field["description"]
    st.session_state.setdefault(key, field["default"])
    if field["type"] == "boolean":
        return st.toggle(label, key=key, help=words)
    if "enum" in field:
        return st.selectbox(label, field["enum"], key=key, help=words)
    low, high = float(field["minimum"]), float(field["maximum"])
    return st.slider(label, low, high, key=key, help=words, step=_STEPS.get(name, 0.05), format="%g")


def changes_in_words(fields: dict[str, object]) -> str:
    """What of an Augmentation is not left out, in short."""
    named = Augmentation.model_validate({name: fields[name] for name in Augmentation.model_fields})
    changed = [
        name.replace("_", " ") + ("" if value is True else f" {value:g}")
        for name, value in named
        if name != "fill" and value
    ]
    return ", ".join([*changed, f"fill {named.fill}"]) if changed else "nothing changes"
