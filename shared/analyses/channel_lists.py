"""Lists of channels as people write them: 0,3,5-8."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

HIGHEST = 65535


def channel_numbers(word: str) -> list[int]:
    """The numbers of "7" or "5-8".

    Raises:
        ValueError: it is neither, runs backwards, or holds more than 65,536 numbers.
    """
    first, _, last = word.partition("-")
    try:
        low, high = int(first), int(last or first)
    except ValueError:
        raise ValueError(f"expected channel numbers such as 0,3,5-8, not {word!r}") from None
    if high < low:
        raise ValueError(f"expected the smaller number first, not {word!r}")
    if high - low > HIGHEST:
        raise ValueError(f"expected a range of at most {HIGHEST + 1} channels, not {word!r}")
    return list(range(low, high + 1))


def _read(value: object) -> object:
    if isinstance(value, str):
        return tuple(n for word in value.split(",") if word.strip() for n in channel_numbers(word.strip()))
    return value


def _sort(value: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(value)))


# Sorted and each once: equal sets have equal keys.
ChannelList = Annotated[
    tuple[Annotated[int, Field(ge=0, le=HIGHEST)], ...],
    BeforeValidator(_read),
    AfterValidator(_sort),
    Field(description="Which channels; none means all of them."),
]
