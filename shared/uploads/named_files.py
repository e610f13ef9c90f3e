"""Classes in the names of files: cat.1.jpg, cat_001.png, 001_cat.png."""

import re
from collections import Counter
from collections.abc import Sequence

from shared.errors import RefusedUpload, message
from shared.uploads.class_folders import MAX_CLASSES, split_of
from shared.uploads.targets import Layout, Place

_PATTERNS = (re.compile(r"(.*?[^\W\d_].*?)[-_. ]*\(?\d+\)?"), re.compile(r"\d+[-_. ]+(.*[^\W\d_].*)"))
SHOWN = 4


def name_layout(pictures: Sequence[str]) -> Layout:
    """Pictures by the class in their names.

    Raises:
        RefusedUpload: the names say none.
    """
    labels = labels_in_names(pictures)
    if not labels:
        advice = "Name the files so, or arrange them in a folder for each class."
        raise RefusedUpload(message("names such as cat.1.jpg or cat_001.png", pictures[0], advice))
    return Layout(tuple(Place(path, split_of(path), label) for path, label in zip(pictures, labels, strict=True)))


def labels_in_names(pictures: Sequence[str]) -> list[str]:
    """The class that each file's name begins or ends with; [] where they do not all, or where that parts nothing."""
    stems = [path.rpartition("/")[2] for path in pictures]
    stems = [stem.rpartition(".")[0] or stem for stem in stems]
    for pattern in _PATTERNS:
        found = [match[1].strip("-_. ") for stem in stems if (match := pattern.fullmatch(stem))]
        often = Counter(found)
        if (
            len(found) == len(stems)
            and 2 <= len(often) <= min(MAX_CLASSES, len(stems) // 2)
            and min(often.values()) > 1
        ):
            return found
    return []


def offered_names(pictures: Sequence[str]) -> str:
    """What may be said where pictures lie in no folder of a class and their names tell classes; else ""."""
    often = Counter(labels_in_names(pictures))
    shown = ", ".join(f"{label} ({number:,})" for label, number in sorted(often.items())[:SHOWN])
    more = ", …" if len(often) > SHOWN else ""
    how = "choose Targets from File names to take them from there (in a terminal: `--labels-from names`)"
    return f"The names of the files tell {shown}{more}: {how}." if often else ""
