"""Several of a list, chosen by name; in the session and in an address they are one text with commas between."""

from collections.abc import Sequence

import streamlit as st


def choose_listed(
    label: str, key: str, options: Sequence[str], placeholder: str, help_text: str, *, weights: bool = False
) -> str:
    """Draw the list to search by name; a line to type in where nobody knows yet what there is.

    Args:
        label: of the control.
        key: in the session, of the text.
        options: what can be chosen; () while that is not known.
        placeholder: what no choice stands for.
        help_text: beside the control.
        weights: whether one may be typed with a number behind it, as in mixed3:2.

    Returns:
        The text.
    """
    text = str(st.session_state.get(key) or "")
    st.session_state[key] = text  # or it is forgotten with the line that is not drawn
    if not options:
        return st.text_input(label, key=key, placeholder=placeholder, help=f"With commas between. {help_text}")
    shown, words = f"{key}/listed", list(dict.fromkeys(filter(None, (word.strip() for word in text.split(",")))))
    st.session_state[shown] = words

    def keep() -> None:
        st.session_state[key] = ",".join(st.session_state[shown])

    st.multiselect(label, [*options, *(word for word in words if word not in options)], key=shown, on_change=keep,
                   placeholder=placeholder, help=f"Search by name. {help_text}", accept_new_options=weights,
                   format_func=(lambda word: word.replace(":", " × ")) if weights else str)  # fmt: skip
    return text
