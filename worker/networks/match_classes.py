"""Which of a network's answers stands for which class of a data set: by name where names say so, else by order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shared.class_names import names_of_two, paired_classes
from shared.errors import InvalidSpec, message

# With fewer classes in common there is nothing to confuse.
LEAST = 2
SHOWN_NAMES = 4


@dataclass(frozen=True)
class MatchedClasses:
    """Classes of a data set that a network can be asked for.

    Attributes:
        kept: their numbers in the data set.
        columns: the network's answer for each of them.
        by: how they were paired.
    """

    kept: tuple[int, ...]
    columns: tuple[int, ...]
    by: Literal["name", "order"]


def match_classes(classes: Sequence[str], labels: Sequence[str], count: int, title: str) -> MatchedClasses:
    """Pair a data set's classes with a network's answers.

    By name where all names are known to both, whatever their order: a network whose classes were sorted in another
    way is then judged rightly. Else by order, where there are as many of both and no name contradicts it. Else by the
    names that both have, two or more.

    Args:
        classes: names in the data set's order.
        labels: names of the network's answers; () where unknown.
        count: of the network's answers.
        title: of the network, for the message.

    Raises:
        InvalidSpec: the network answers for other classes.
    """
    known = paired_classes(classes, labels)
    contradicted = any(number != place for number, place in known.items())
    if len(known) == len(classes):
        return MatchedClasses(tuple(known), tuple(known.values()), "name")
    if len(classes) == count and not contradicted:
        return MatchedClasses(tuple(range(count)), tuple(range(count)), "order")
    if len(known) >= LEAST:
        return MatchedClasses(tuple(known), tuple(known.values()), "name")
    received = f"{count} outputs of {title} ({_some(labels) if labels else 'without names'})"
    raise InvalidSpec(
        message(f"a network for the data set's {len(classes)} classes ({_some(classes)}): one output for "
                "each, in their order, or outputs of the same names", received,
                "Choose a network that was trained on these classes, or add it with its class names (in a "
                "terminal: `convscope models add --labels`).")
    )  # fmt: skip


def answer_names(labels: Sequence[str], count: int, binary: bool) -> tuple[str, ...]:
    """Names of all answers; () where they are not known. Of one unit, a single label names the second answer."""
    names = names_of_two(labels) if binary else tuple(labels)
    return names if len(names) == count else ()


def _some(names: Sequence[str]) -> str:
    more = ", …" if len(names) > SHOWN_NAMES else ""
    return ", ".join(names[:SHOWN_NAMES]) + more
