"""Which class a written name means: the very name first, then what people write differently, then WordNet's ids.

Each reading is tried where the one before finds nothing, so that what tells two classes of a list apart is never folded
away: C, C# and C++ are three classes, and so are "+" and "-". Where a reading cannot tell, it finds several.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

from shared.errors import InvalidSpec, choices, message
from shared.imagenet import imagenet_names, wordnet_ids

OFFERED = 8


def compose_name(name: str) -> str:
    """A name without the difference between é as one letter and as two, which file systems make."""
    return unicodedata.normalize("NFC", name).strip()


def _unquoted(name: str) -> str:
    """In quotes, "10" is the class of that name, where 10 alone is a number."""
    name = compose_name(name)
    return name[1:-1] if len(name) > 2 and name[0] == name[-1] == '"' else name


def _caseless(name: str) -> str:
    return compose_name(compose_name(name).casefold())


def _words(name: str) -> str:
    """Letters and digits alone: the same for "African_elephant" and "african elephant", "" where there are none."""
    return re.sub(r"[\W_]+", " ", _caseless(name)).strip()


def _wordnet(names: Sequence[str]) -> list[str]:
    """WordNet ids of ImageNet's classes, "" for others: n02123045 is one, and so is "tabby" or "tabby, tabby cat"."""
    if tuple(names) == imagenet_names():
        return list(wordnet_ids())  # the two cranes are told apart by their places
    own = [compose_name(name).casefold() for name in names]
    return [name if re.fullmatch(r"n\d{8}", name) else _ids().get(_words(name.partition(",")[0]), "") for name in own]


@lru_cache
def _ids() -> dict[str, str]:
    often = Counter(map(_words, imagenet_names()))
    named = zip(imagenet_names(), wordnet_ids(), strict=True)
    return {_words(name): number for name, number in named if often[_words(name)] == 1}


Reading = Callable[[Sequence[str]], list[str]]


def _one_by_one(reading: Callable[[str], str]) -> Reading:
    return lambda names: [reading(name) for name in names]


_READINGS: tuple[Reading, ...] = (
    list, *(_one_by_one(reading) for reading in (compose_name, _unquoted, _caseless, _words)), _wordnet,
)  # fmt: skip


def class_words(number: int, name: str | None = "") -> str:
    """What a person calls a class: "tabby cat" of tabby_cat; "class 3" where its name is unknown."""
    return str(name or "").replace("_", " ") or f"class {number}"


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
        (wanted,) = reading([name])
        same = [i for i, one in enumerate(reading(names)) if one == wanted] if wanted else []
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


def _once(names: Sequence[str], reading: Reading) -> dict[str, int]:
    """Names to numbers, without those that the reading gives to several."""
    read = reading(names)
    often = Counter(read)
    return {name: number for number, name in enumerate(read) if name and often[name] == 1}
