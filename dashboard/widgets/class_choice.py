"""Classes that people choose: by name where a model's are known, else typed; and which are none of its classes."""

import re
from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.widgets.errors import show_error
from dashboard.widgets.layer_choice import known_facts
from dashboard.widgets.text import escape
from shared.class_names import class_named, class_words, classes_named, names_of_two
from shared.client import Client
from shared.errors import InvalidSpec, message


def choose_classes(key: str, labels: Sequence[str], placeholder: str, help_text: str) -> tuple[str, str]:
    """Draw the choice of classes: a list to search by name or number where names are known, else a line to type in.

    Args:
        key: in the session, of the text that an address holds: numbers and names with commas between.
        labels: names of the model's classes; [] where they are not known.
        placeholder: what stands there while nothing is chosen.
        help_text: what may be chosen.

    Returns:
        That text, and why it cannot be; "" where it can.
    """
    if labels:
        text = _named(key, names_of_two(labels), placeholder, help_text)
    else:
        text = st.text_input("Classes", key=key, placeholder=placeholder, help=f"Numbers or names, with commas "
                             f"between. {help_text}")  # fmt: skip
    refusal = refused_class(split(text), labels)
    if refusal:
        show_error(refusal)
    elif said := number_or_name(split(text), labels):
        st.caption(escape(said))
    return text.strip(), refusal


def split(text: Any) -> list[str]:
    """Words of a list with commas between."""
    return [word.strip() for word in str(text or "").split(",") if word.strip()]


def _named(key: str, names: Sequence[str], placeholder: str, help_text: str) -> str:
    """The list; a class that the text has by its name keeps that name there."""
    shown, words = f"{key}/named", list(dict.fromkeys(split(st.session_state.get(key))))
    numbers = {word: number_text(word, names) for word in words}
    titles = {str(number): class_title(name, number) for number, name in enumerate(names)}
    titles |= {word: titles.get(number, word) for word, number in numbers.items()}
    st.session_state[shown] = words

    def keep() -> None:
        st.session_state[key] = ", ".join(st.session_state[shown])

    written = {number for word, number in numbers.items() if word != number}
    options = [*(word for word in words if word != numbers[word]), *(n for n in titles if n not in {*written, *words}),
               *(word for word in words if word == numbers[word])]  # fmt: skip
    st.multiselect("Classes", options, key=shown, on_change=keep, format_func=lambda word: titles.get(word, word),
                   placeholder=placeholder, help=f"Search by name or number. {help_text}",
                   accept_new_options=True)  # fmt: skip
    st.session_state[key] = st.session_state.get(key) or ""  # or it is forgotten with the line that is not drawn
    return str(st.session_state[key])


def class_title(name: str, number: int) -> str:
    """A class in a list to search: "tabby cat · 281"."""
    return f"{class_words(number, name)} · {number}" if name else class_words(number)


def number_text(word: str, names: Sequence[str]) -> str:
    """The number of a class by its number or name; the word itself where it is none, or may be several."""
    if re.fullmatch(r"\d{1,9}", word):
        return str(int(word))
    same = classes_named(word, names)
    return str(same[0]) if len(same) == 1 else word


def known_classes(client: Client, model: str, ask: bool) -> list[str]:
    """Names of a model's classes; none while its layer table is not made, nor for a model that is not there.

    Args:
        client, model, ask: as for known_facts().
    """
    return list(known_facts(client, model, ask).get("classes", []))


def refused_class(words: Sequence[str], labels: Sequence[str]) -> str:
    """Why one of some classes cannot be, "" where all can.

    Args:
        words: numbers and names.
        labels: names of the model's classes; without them nothing is refused here.
    """
    last = max(1, len(labels) - 1)  # one sigmoid unit answers for two classes
    for word in words if labels else ():
        number = int(word) if re.fullmatch(r"\d{1,9}", word) else None
        if number is not None:
            if number > last:
                return message(f"a class from 0 to {last}", number, "Change the number.")
            continue
        try:
            class_named(word, names_of_two(labels))
        except InvalidSpec as error:
            return str(error)
    return ""


def number_or_name(words: Sequence[str], labels: Sequence[str]) -> str:
    """What is said where a number is the name of another class; "" where nothing can be mistaken.

    Args:
        words: numbers and names.
        labels: names of the model's classes.
    """
    for word in words:
        number = int(word) if re.fullmatch(r"\d{1,9}", word) else len(labels)
        if number < len(labels) and word in labels and labels[number] != word:
            return (
                f"{word} is taken for the number of the class called {labels[number]}. For the class called {word}, "
                f'write "{word}" in quotes.'
            )
    return ""
