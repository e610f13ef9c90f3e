"""Names that come with numbers, in the order of the numbers."""

from collections.abc import Sequence

FROM_ONE = "The numbers begin with 1: the name of number 1 went to the first output."


def in_order(pairs: Sequence[tuple[int, str]]) -> tuple[list[str], list[str]]:
    """Names by their numbers, and a note where these begin with 1.

    Args:
        pairs: number and name of every class, in any order.

    Raises:
        ValueError: a number is missing or stands twice; in words.
    """
    numbers = sorted(number for number, _ in pairs)
    start = 1 if numbers and numbers[0] == 1 else 0
    for wanted, number in enumerate(numbers, start):
        if number != wanted:
            twice = number < wanted and wanted > start
            what = f"number {number} twice" if twice else f"no number {wanted} before {number}"
            raise ValueError(f"{what}, where numbers should run from {start} to {start + len(numbers) - 1}")
    names = [name for _, name in sorted(pairs, key=lambda pair: pair[0])]
    return names, [FROM_ONE] if start else []


def runs_on(numbers: Sequence[int], starts: Sequence[int] = (0,)) -> bool:
    """Whether numbers are 0, 1, 2 … in any order, each once; or begin with another of `starts`."""
    there = sorted(numbers)
    return any(there == list(range(start, start + len(there))) for start in starts)
