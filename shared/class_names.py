"""Which class a written name means: the very name first, then what people write differently.

Each reading is tried where the one before finds nothing, so that what tells two classes of a list apart is never folded
away: C, C# and C++ are three classes, and so are "+" and "-". Where a reading cannot tell, it finds several.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

from shared.errors import InvalidSpec, choices, message

OFFERED = 8


def compose_name(name: str) -> str:
    """A name without the difference between é as one letter and as two, which file systems make."""
    return unicodedata.normalize("NFC", name).strip()


def _caseless(name: str) -> str:
    return compose_name(compose_name(name).casefold())


def _words(name: str) -> str:
    """Letters and digits alone: the same for "African_elephant" and "african elephant", "" where there are none."""
    return re.sub(r"[\W_]+", " ", _caseless(name)).strip()


_READINGS: tuple[Callable[[str], str], ...] = (str, compose_name, _caseless, _words)


def names_of_two(labels: Sequence[str]) -> tuple[str, ...]:
    """Names of the two answers of a single unit; a single label is the second one's."""
    return (f"not {labels[0]}", labels[0]) if len(labels) == 1 else tuple(labels)


def classes_named(name: str, names: Sequence[str]) -> list[int]:
    """Numbers of the classes that a name means: one, [] where there is none, several where it does not tell them apart.

    Args:
        name: as somebody wrote it.
        names: of all classes; "" where unknown.
    """
    for reading in _READINGS:
        wanted = reading(name)
        same = [i for i, one in enumerate(names) if one and reading(one) == wanted] if wanted else []
        if same:
            return same
    return []


def class_named(name: str, names: Sequence[str]) -> int:
    """The number of the one class that a name means.

    Raises:
        InvalidSpec: there is none, and the nearest names are offered; or the name stands for several.
    """
    same = classes_named(name, names)
    if len(same) == 1:
        return same[0]
    if same:
        raise InvalidSpec(message("one class", f"{name}, the name of {same}", "Give its number in `classes`."))
    near = [one for one in names if _words(name) and _words(name) in _words(one)]
    offered = choices(name, near or filter(None, names), OFFERED)
    raise InvalidSpec(message("the name of a class of this model", name, offered))


def paired_classes(mine: Sequence[str], theirs: Sequence[str]) -> dict[int, int]:
    """Numbers of the classes of one list to those of another, of all whose names mean the same.

    A reading under which a list has one name twice pairs none of its classes by that name.
    """
    pairs: dict[int, int] = {}
    for reading in _READINGS:
        places = _once(theirs, reading)
        for name, number in _once(mine, reading).items():
            if name in places and number not in pairs and places[name] not in pairs.values():
                pairs[number] = places[name]
    return dict(sorted(pairs.items()))


def _once(names: Sequence[str], reading: Callable[[str], str]) -> dict[str, int]:
    """Names to numbers, without those that the reading gives to several."""
    read = [reading(name) for name in names]
    often = Counter(read)
    return {name: number for number, name in enumerate(read) if name and often[name] == 1}
