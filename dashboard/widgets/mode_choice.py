"""The mode of an ascent and what hangs on it: when the mode changes, steps and step size change with it."""

import streamlit as st

from shared.analyses.ascent_modes import BY_MODE, AscentSpec


def follow_mode(prefix: str, spec_type: type[AscentSpec] = AscentSpec) -> None:
    """Bring steps and step size to the chosen mode's defaults, where they stood at the former mode's.

    To be called before the controls are drawn.

    Args:
        prefix: of the controls' keys in the session.
        spec_type: whose defaults.
    """
    state, kept = st.session_state, f"{prefix}/mode"
    chosen = state.get(f"{prefix}.mode")
    former = state.get(kept, chosen)
    state[kept] = chosen
    if chosen == former:
        return
    for name in BY_MODE:
        if state.get(f"{prefix}.{name}") == getattr(spec_type.usual(former), name):
            state[f"{prefix}.{name}"] = getattr(spec_type.usual(chosen), name)
