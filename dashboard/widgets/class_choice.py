"""Classes that people type: the names that a model knows, and which of them are none of its classes."""

import re
from collections.abc import Sequence

from dashboard.widgets.layer_choice import known_facts
from shared.class_names import class_named, names_of_two
from shared.client import Client
from shared.errors import InvalidSpec, message


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
