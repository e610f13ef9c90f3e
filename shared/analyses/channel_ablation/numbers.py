"""What comes of switching channels off: effects with their intervals, accuracy, flips, how far they can be trusted.

Works on any subset of a run's parts in any order, so that a page can show what is there so far.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from shared.analyses.channel_ablation.parts import (
    CHANNELS,
    CURVES,
    ESTIMATE,
    AblationFacts,
    CurveArrays,
    EstimateArrays,
)
from shared.results import Part

# Standard errors to each side of a mean that hold 95 % of the normal distribution.
Z95 = 1.959964
# Parts of a run: what a worker that dies loses.
LEAST_GROUP, MOST_GROUPS = 8, 64
# What a part may hold of predictions and scores, and what the logits that it is made of may take.
GROUP_BYTES, LOGIT_BYTES = 16 * 1024**2, 128 * 1024**2
POINTS = (0, 1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True)
class Ablation:
    """A run as far as it is there.

    Attributes:
        facts: what was asked.
        base: the network with the layer as it is, and estimates of all channels.
        channels: int64 (row), channels whose exact values are there, in order.
        change, change_error, own, own_error: float32 (row, class); see parts.
        halves: float32 (2, row, class).
        predicted: int32 (row, picture).
        score: float32 (row, picture).
        curves: how accuracy falls; None until it is there.
    """

    facts: AblationFacts
    base: EstimateArrays
    channels: np.ndarray
    change: np.ndarray
    change_error: np.ndarray
    own: np.ndarray
    own_error: np.ndarray
    halves: np.ndarray
    predicted: np.ndarray
    score: np.ndarray
    curves: CurveArrays | None

    @property
    def classes(self) -> list[str]:
        """Their names."""
        return self.facts["classes"]

    @property
    def better(self) -> int:
        """1 where a higher score is better, −1 of numbers, whose score is an error."""
        return -1 if self.facts["answers"] == "numbers" else 1

    def has(self, number: int) -> bool:
        """Whether the sample has pictures of a class."""
        return bool(self.base["own"][:, number].any())

    def estimate(self, number: int) -> np.ndarray:
        """float32 (row): estimates of a class for the channels whose exact values are there."""
        rows = np.searchsorted(self.base["channels"], self.channels)
        return np.asarray(self.base["estimate"][rows, number])

    def order(self, number: int) -> np.ndarray:
        """int64: rows, that first whose loss costs the class's logit most."""
        return np.argsort(self.own[:, number], kind="stable")

    def interval(self, row: int, number: int) -> tuple[float, float, float]:
        """Mean change of a class's logit over its own pictures, and the ends of its 95 % interval."""
        mean, error = float(self.own[row, number]), float(self.own_error[row, number])
        return mean, mean - Z95 * error, mean + Z95 * error

    def accuracy(self, number: int | None = None) -> float:
        """Mean score of all pictures, or of a class's own, with the layer as it is."""
        return _mean(self.base["score"], self._own(number))

    def accuracy_without(self, number: int | None = None) -> np.ndarray:
        """float64 (row): the same without each channel."""
        return np.array([_mean(one, self._own(number)) for one in self.score])

    def flips(self, row: int) -> np.ndarray:
        """int64: pictures of the sample that are taken for something else without a channel."""
        return np.flatnonzero(self.predicted[row] != self.base["predicted"])

    def flip_counts(self) -> np.ndarray:
        """int64 (row): how many."""
        return (self.predicted != self.base["predicted"][None]).sum(1)

    def split_half(self, number: int) -> float:
        """Rank correlation of the effects on a class in one half of its pictures with those in the other."""
        return rank_correlation(self.halves[0, :, number], self.halves[1, :, number])

    def agreement(self, number: int) -> float:
        """Correlation of a class's estimates with the exact values."""
        return correlation(self.estimate(number), self.own[:, number])

    def _own(self, number: int | None) -> np.ndarray:
        return np.ones(len(self.base["score"]), bool) if number is None else self.base["own"][:, number]


def ablation_of(parts: Iterable[Part]) -> Ablation | None:
    """What is there so far; None before the first part."""
    there = list(parts)
    first = next((part for part in there if "estimate" in part.arrays), None)
    if first is None:
        return None
    groups = [CHANNELS.read_arrays(part) for part in there if "halves" in part.arrays]
    curves = next((CURVES.read_arrays(part) for part in there if "drawn" in part.arrays), None)
    base, facts = ESTIMATE.read_arrays(first), ESTIMATE.read(first)
    classes, pictures = len(facts["classes"]), len(base["pictures"])
    none = np.zeros((0, classes), np.float32)
    empty = {
        "channels": np.zeros(0, np.int32), "change": none, "change_error": none, "own": none, "own_error": none,
        "predicted": np.zeros((0, pictures), np.int32), "score": np.zeros((0, pictures), np.float32),
        "halves": np.zeros((2, 0, classes), np.float32),
    }  # fmt: skip
    joined = {name: np.concatenate([zero, *(one[name] for one in groups)], axis=int(name == "halves"))  # type: ignore[literal-required]
              for name, zero in empty.items()}  # fmt: skip
    order = np.argsort(joined["channels"], kind="stable")
    rows = {name: values[:, order] if name == "halves" else values[order] for name, values in joined.items()}
    return Ablation(facts, base, curves=curves, **rows)


def groups_of(channels: int, pictures: int, classes: int) -> list[range]:
    """How so many channels are shared out into parts, in order."""
    each = max(LEAST_GROUP, math.ceil(channels / MOST_GROUPS))
    each = max(1, min(each, GROUP_BYTES // (8 * pictures), LOGIT_BYTES // (4 * pictures * classes)))
    return [range(start, min(channels, start + each)) for start in range(0, channels, each)]


def points_of(channels: int) -> np.ndarray:
    """int32 (point): how many channels are off at each point of a curve."""
    return np.array([n for n in POINTS if n <= channels], np.int32)


def cost_at(found: Ablation, count: int) -> tuple[float, float, float, float] | None:
    """What switching so many channels off costs a class, the mean over classes; None without such a point.

    Returns:
        Mean score with none off, with the strongest off, with as many random ones off (mean of the draws), and the
        standard deviation between the draws.
    """
    if found.curves is None or count not in found.curves["off"]:
        return None
    at = list(found.curves["off"]).index(count)
    strongest, random = found.curves["strongest"], found.curves["random"]
    draws = np.nanmean(random[:, :, at], 1)
    return (float(np.nanmean(strongest[:, 0])), float(np.nanmean(strongest[:, at])), float(draws.mean()),
            float(draws.std()))  # fmt: skip


def ranks(values: np.ndarray) -> np.ndarray:
    """float64: ranks from 0; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return ((ends - counts + ends - 1) / 2)[place]


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's rank correlation; NaN where one does not vary or a value is none."""
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return math.nan
    return correlation(ranks(first), ranks(second))


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson's correlation; NaN where one does not vary or a value is none."""
    if len(first) < 2 or not (np.isfinite(first).all() and np.isfinite(second).all()):
        return math.nan
    a, b = (np.asarray(one, np.float64) - np.mean(one, dtype=np.float64) for one in (first, second))
    scale = math.sqrt(float((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale else math.nan


def _mean(values: np.ndarray, chosen: np.ndarray) -> float:
    return float(np.mean(values[chosen])) if chosen.any() else math.nan


def effects_table(found: Ablation) -> Mapping[str, np.ndarray]:
    """Everything that there is a number for, by name, for exports."""
    rows = {name: getattr(found, name) for name in ("channels", "change", "change_error", "own", "own_error", "halves",
                                                    "predicted", "score")}  # fmt: skip
    base = {f"whole_{name}" if name in rows else name: values for name, values in found.base.items()
            if name != "channels"}  # fmt: skip
    curves = dict(found.curves) if found.curves else {}
    return {**rows, **base, **{f"curve_{name}": values for name, values in curves.items()}}
