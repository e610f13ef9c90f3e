"""Data sets that can be learnt in seconds: a class is where a bright square lies."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from shared.analyses import TrainingRun
from shared.analyses.base import JobSpec
from shared.datasets.splits import Shares
from shared.results import Part, Progress
from tests.unit.small_datasets import encoded, write_zip
from worker.analyses.context import RunContext
from worker.analyses.training_run import training_run

CORNERS = ("left", "right", "below")
SIDE = 24


def square(label: int, seed: int, side: int = SIDE) -> np.ndarray:
    """A dark, noisy picture with a bright square: on the left, on the right, or below in the middle."""
    random = np.random.default_rng(seed)
    found = random.integers(0, 90, (side, side, 3), np.uint8)
    third = side // 3
    top, left = ((third // 2, 0), (third // 2, side - third), (side - third, third))[label]
    down, across = top + random.integers(0, 3), max(0, min(side - third, left + random.integers(-1, 2)))
    found[down : down + third, across : across + third] = 230
    return found


def files_of(each: int, classes: int = 2, split: str = "", start: int = 0, weights: Mapping[int, int] | None = None,
             side: int = SIDE) -> dict[str, bytes]:  # fmt: skip
    """Path to bytes of pictures; `weights` gives a class another number of them."""
    found = {}
    for label in range(classes):
        for number in range((weights or {}).get(label, each)):
            path = "/".join(word for word in (split, CORNERS[label], f"{number:03d}.png") if word)
            found[path] = encoded(square(label, start + 1000 * label + number, side))
    return found


def add(context: RunContext, files: Mapping[str, bytes], name: str = "squares", shares: Shares | None = None) -> str:
    """Keep a data set; returns its reference."""
    assert context.datasets is not None
    path = write_zip(Path(context.models._settings.data) / f"{name}.zip", dict(files))
    return context.datasets.keep(context.datasets.check(path), name, shares)


def add_squares(context: RunContext, each: int = 40, classes: int = 2, **changes: Any) -> str:
    """The usual one: three fifths to learn from, a fifth for validation and for the test."""
    return add(context, files_of(each, classes, **changes))


def learn(context: RunContext, spec: JobSpec) -> tuple[list[Part], dict[str, Any]]:
    """All parts, and the run's facts."""
    parts: list[Part] = []
    facts: dict[str, Any] = {}
    assert isinstance(spec, TrainingRun)
    for item in training_run(spec, context):
        if isinstance(item, Progress):
            facts |= item.facts
        else:
            parts.append(item)
    return parts, facts


def drain(items: Iterator[Part | Progress], parts: list[Part]) -> None:
    """Collect parts, also those before an error."""
    for item in items:
        if isinstance(item, Part):
            parts.append(item)


def curve(parts: list[Part], name: str = "loss") -> list[float]:
    """One number of every epoch."""
    return [float(part.facts[name]) for part in parts]
