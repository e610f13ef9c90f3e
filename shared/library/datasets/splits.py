"""Splits made with a seed, where a data set has none: by class, and never with the same picture in two of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from shared.errors import InvalidSpec, RefusedUpload, message
from shared.library.datasets.card import Picture


@dataclass(frozen=True)
class Shares:
    """How to split what came without splits.

    Attributes:
        validation: share of every class for validation, 0 to 0.8; taken where the source has no validation split.
        test: the same for testing; taken only where the source has no splits at all.
        seed: of the choice.
    """

    validation: float = 0.2
    test: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.validation <= 0.8 and 0 <= self.test <= 0.8 and self.validation + self.test <= 0.8):
            received = f"{self.validation} and {self.test}"
            advice = "Leave at least a fifth of the pictures for training."
            raise InvalidSpec(message("shares of 0 to 0.8 for validation and test together", received, advice))


def with_splits(
    pictures: Sequence[Picture], classes: Sequence[str], shares: Shares
) -> tuple[list[Picture], dict[str, float]]:
    """Give every picture a split.

    Args:
        pictures: with the split that their source names, "" for none.
        classes: names, for messages.
        shares: what to make where there is none.

    Returns:
        The pictures by split and digest, and what was made: {} where nothing was, else `seed` and the shares.

    Raises:
        RefusedUpload: a class has too few pictures to be in every split.
    """
    come = {picture.split for picture in pictures}
    wanted = {}
    if "validation" not in come and shares.validation:
        wanted["validation"] = shares.validation
    if come == {""} and shares.test:
        wanted["test"] = shares.test
    made = _divide(pictures, classes, wanted, shares.seed)
    order = {"train": 0, "validation": 1, "test": 2}
    made.sort(key=lambda picture: (order[picture.split], picture.digest, picture.path))
    return made, ({**wanted, "seed": shares.seed} if wanted else {})


def _divide(pictures: Sequence[Picture], classes: Sequence[str], wanted: dict[str, float], seed: int) -> list[Picture]:
    kept = [picture for picture in pictures if picture.split not in ("", "train")]
    divided, random = [], np.random.default_rng(seed)
    for label, name in enumerate(classes):
        here = [picture for picture in pictures if picture.split in ("", "train") and picture.label == label]
        # A list of classes beside a table may have some that no picture shows.
        divided += _divide_class(here, name, wanted, random) if here else []
    return kept + _together(divided)


def _divide_class(
    pictures: list[Picture], name: str, wanted: dict[str, float], random: np.random.Generator
) -> list[Picture]:
    groups: dict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        groups[picture.digest].append(picture)
    if len(groups) <= len(wanted):
        received = f"{len(groups)} different in {name}"
        advice = "Add pictures to it, or make fewer splits."
        raise RefusedUpload(message(f"at least {len(wanted) + 1} different pictures a class", received, advice))
    digests = sorted(groups)
    shuffled = [digests[i] for i in random.permutation(len(digests))]
    found, at = [], 0
    for split, share in [*wanted.items(), ("train", 1.0)]:
        size = len(shuffled) - at if split == "train" else max(1, round(share * len(shuffled)))
        found += [replace(p, split=split) for digest in shuffled[at : at + size] for p in groups[digest]]
        at += size
    return found


def _together(pictures: list[Picture]) -> list[Picture]:
    """A picture that stands under two classes was drawn twice; all its copies follow the first class's."""
    first: dict[str, str] = {}
    for picture in pictures:
        first.setdefault(picture.digest, picture.split)
    return [replace(picture, split=first[picture.digest]) for picture in pictures]
