"""Lists of channels as people write them: 0,3,5-8."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from shared.bounds import MOST_NUMBERS

HIGHEST = MOST_NUMBERS - 1


def channel_numbers(word: str) -> list[int]:
    """The numbers of "7" or "5-8".

    Raises:
        ValueError: it is neither, runs backwards, or holds more than 65,536 numbers.
    """
    first, _, last = word.partition("-")
    try:
        low, high = int(first), int(last or first)
    except ValueError:
        raise ValueError(f"expected channel numbers such as 0,3,5-8, not {word[:40]!r}") from None
    if high < low:
        raise ValueError(f"expected the smaller number first, not {word[:40]!r}")
    if high - low > HIGHEST:
        raise ValueError(f"expected a range of at most {HIGHEST + 1} channels, not {word[:40]!r}")
    return list(range(low, high + 1))


def listed_numbers(words: Iterable[str]) -> list[int]:
    """The numbers of several words, in order.

    Raises:
        ValueError: see channel_numbers(); or they are more than 65,536 together.
    """
    found: list[int] = []
    for word in words:
        if word.strip():
            found += channel_numbers(word.strip())
        if len(found) > MOST_NUMBERS:
            raise ValueError(f"expected at most {MOST_NUMBERS:,} numbers, not the same ones again and again")
    return found


def _read(value: object) -> object:
    return tuple(listed_numbers(value.split(","))) if isinstance(value, str) else value


def _sort(value: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(value)))


# Sorted and each once: equal sets have equal keys.
ChannelList = Annotated[
    tuple[Annotated[int, Field(ge=0, le=HIGHEST)], ...],
    BeforeValidator(_read),
    AfterValidator(_sort),
    Field(max_length=MOST_NUMBERS, description="Which channels; none means all of them."),
]
