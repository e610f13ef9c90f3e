"""What the parts of `concepts` come to: how suspect each concept is, their order, and whether a class raises an alarm.

Works on any subset of a run's parts in any order, so that a page can show what is there so far.

A shortcut is something small that the network goes by wherever the object is. So a concept is suspected for what it
does alone: pictures of other classes are lost when it is put into them, and pictures of the class when it is painted
over, beyond what the same places do without it. The more of the picture it takes, the less that says: a whole face put
into a picture of a dog makes it a cat, and should.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.analyses.concepts.parts import BANK, CONCEPT, BankArrays, BankFacts, ConceptFacts
from shared.results import Part

# A class raises an alarm where a concept is more suspect than this.
ALARM = 0.15
# A concept that takes this share of a picture counts half.
HALF_AREA = 0.15


@dataclass(frozen=True)
class Found:
    """A run as far as it is there.

    Attributes:
        facts: of the bank.
        base: its arrays.
        concepts: those whose parts are there, the most suspect first.
    """

    facts: BankFacts
    base: BankArrays
    concepts: list[ConceptFacts]

    @property
    def alarms(self) -> list[ConceptFacts]:
        """Concepts so suspect that somebody should look."""
        return [one for one in self.concepts if suspicion(one) > ALARM]

    @property
    def exchanged(self) -> float | None:
        """Accuracy that would be, were a cue as frequent in other classes as in this one, and as rare in this one: the
        lowest of the suspect concepts', for several may share one cue; the most suspect one's where none is."""
        told = [one["exchanged"] for one in self.alarms or self.concepts[:1] if one["exchanged"] is not None]
        return min(told, default=None)

    def importance(self, concept: int) -> float:
        """Sobol's total index of a concept for the class's logit."""
        return float(self.base["importance"][concept])

    def stability(self, concept: int) -> float:
        """Mean cosine with the same concept of another fit; NaN with one fit."""
        return float(self.base["stability"][concept])


def found_of(parts: Iterable[Part]) -> Found | None:
    """What is there so far; None before the bank."""
    there = list(parts)
    first = next((part for part in there if "bank" in part.arrays), None)
    if first is None:
        return None
    rest = [CONCEPT.read(part) for part in there if "where" in part.arrays]
    return Found(
        BANK.read(first), BANK.read_arrays(first), sorted(rest, key=lambda one: (-suspicion(one), one["concept"]))
    )


def suspicion(one: ConceptFacts) -> float:
    """How much a concept looks like a shortcut, from 0 to 1: what it does alone, by the share of the picture it takes.

    Half of it is how many more of other classes' pictures are lost with it than with what else stands at its places,
    half how many more of the class's are lost without it than without these places; each at least 0. Where masks are
    known, only the share of it outside the object counts; nothing else can be measured there.
    """
    if one["draws"] is None or one["loses"] is None:
        outside = one["outside"]
        rests = max(0.0, -one["ablated_accuracy"])
        return rests if outside is None else rests * outside
    return effect(one) * HALF_AREA / (HALF_AREA + one["area"])


def effect(one: ConceptFacts) -> float:
    """What a concept does alone, beyond what its places do, from 0 to 1."""
    draws = max(0.0, (one["draws"] or 0.0) - max(0.0, one["draws_else"] or 0.0))
    loses = max(0.0, (one["loses"] or 0.0) - max(0.0, one["loses_else"] or 0.0))
    return (draws + loses) / 2
