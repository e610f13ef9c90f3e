"""What people say of a concept: cue, fine or unsure, kept as notes beside the run."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

VERDICTS = ("cue", "fine", "unsure")
_TEXT = re.compile(rf"Concept (\d{{1,3}}): ({'|'.join(VERDICTS)})")


class Written(Protocol):
    """A note: who wrote it, and what."""

    @property
    def by(self) -> str:
        """Who."""

    @property
    def text(self) -> str:
        """What."""


@dataclass(frozen=True)
class Verdict:
    """What somebody said: "cue", "fine" or "unsure"."""

    said: str
    by: str


def verdict_text(concept: int, said: str) -> str:
    """The note of a verdict on a concept by its number in the bank, from 0."""
    return f"Concept {concept + 1}: {said}"


def verdicts_of(notes: Iterable[Written]) -> dict[int, Verdict]:
    """The last verdict on each concept, by its number in the bank.

    Args:
        notes: of a run, oldest first.
    """
    found = ((_TEXT.fullmatch(note.text.strip()), note.by) for note in notes)
    return {int(match[1]) - 1: Verdict(match[2], by) for match, by in found if match}
