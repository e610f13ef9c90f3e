"""The augmentation of a training run among its choices: folded away, said in short."""

from typing import Any

import streamlit as st

from dashboard.widgets.augmentation_controls import FIELDS, augmentation_controls, changes_in_words
from shared.analyses.augmentation import Augmentation
from shared.errors import InvalidSpec


def fill_augmentation(prefix: str, value: object) -> None:
    """Set the controls, before they are drawn.

    Args:
        prefix: of the controls' keys in the session.
        value: fields, their JSON or a preset's name, as a spec or an address holds them; None for the book's.
    """
    try:
        named = Augmentation.model_validate(value or {})
    except (ValueError, InvalidSpec):
        named = Augmentation()
    for name, field in named.model_dump().items():
        st.session_state[f"{prefix}.{name}"] = field


def augmentation_values(prefix: str) -> dict[str, Any]:
    """What the controls stand at; the book's where they were never drawn."""
    usual = Augmentation().model_dump()
    return {name: st.session_state.get(f"{prefix}.{name}", usual[name]) for name in FIELDS}


def fold_augmentation(prefix: str) -> dict[str, Any]:
    """Draw the fold; returns the fields. Closed, its controls are not drawn and their values are kept."""
    values = augmentation_values(prefix)
    fold = st.expander("Augmentation", key=f"{prefix}/fold", on_change="rerun", icon=":material/animation:")
    if fold.open:
        with fold:
            return augmentation_controls(prefix)
    for name, value in values.items():
        st.session_state[f"{prefix}.{name}"] = value
    st.caption(changes_in_words(values))
    return values
