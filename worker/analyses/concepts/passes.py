"""Passes through a network cut behind a layer: for the concept bank, and for what a class loses without a concept."""

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from shared.analyses.concepts.parts import BANK, BankArrays, BankFacts
from shared.analyses.concepts.spec import Concepts
from shared.errors import NotFinite, message
from shared.library import Dataset
from shared.results import Part, Progress
from worker.analyses.concepts.bank import coefficients, crop_corners, crop_of, find_bank, positive
from worker.analyses.concepts.importance import importance, sobol_masks
from worker.analyses.concepts.regions import Evidence, filled, outside_share, regions, threshold, transplanted
from worker.networks.cut import AtLayer, CutNetwork
from worker.pictures.datasets import PictureFeed
from worker.pictures.judge import Judge, Verdict, joined
from worker.pictures.targets import true_mask

SECONDS = 0.3
# Crops that a bank is made of, and pictures that importance is measured on.
MOST_CROPS, MEASURED = 4000, 24
# Pictures that a comparison is made on where it is no figure of its own.
COMPARED = 200
# Fewer pictures than these say nothing of a share.
LEAST = 5


@dataclass
class ConceptPasses:
    """What all parts of a run share.

    Attributes:
        spec: what was asked.
        dataset: whose pictures.
        cut: the network.
        feed: of the split.
        judge: what is right of its pictures.
        number: of the class, among the judge's.
        places: int64 (picture), places in the split: the class's own pictures, then others.
        own_count: how many are the class's own.
        facts: of the bank, as far as they are known before it is made.
        batch: pictures at once.
        pictures: float16 (picture, height, width, channel) in [0, 1]; kept once prepare() has run.
        whole: what the network says of them as they are.
        bank: float32 (concept, channel), once it is known.
        maps: float32 (picture, row, column, concept), coefficients, once the bank is known.
    """

    spec: Concepts
    dataset: Dataset
    cut: CutNetwork
    feed: PictureFeed
    judge: Judge
    number: int
    places: np.ndarray
    own_count: int
    facts: BankFacts
    batch: int
    pictures: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float16))
    whole: Verdict | None = None
    bank: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    maps: np.ndarray = field(default_factory=lambda: np.zeros((0, 0, 0, 0), np.float32))
    reported: float = 0.0

    @property
    def own(self) -> np.ndarray:
        """bool (picture): whether it is one of the class's own."""
        return np.arange(len(self.places)) < self.own_count

    def prepare(self) -> Generator[Progress, None, None]:
        """Read the pictures, and what the network says of them."""
        shown = []
        for batch, _ in self.feed.some(self.places):
            shown.append(np.asarray(batch, np.float16))
            yield from self._progress(f"reading pictures: {sum(map(len, shown)):,} of {len(self.places):,}")
        self.pictures = np.concatenate(shown)
        self.whole = yield from self.judged(self.pictures, self.places, "as they are")

    def make_bank(self) -> Generator[Progress, None, Part]:
        """Part 0: crops, their activations, the factorization, importance, and what pictures have of each concept."""
        spec, own = self.spec, self.pictures[: self.own_count]
        size, corners = crop_corners((own.shape[1], own.shape[2]), spec.crop)
        activations, negative = yield from self._crop_activations(own, size, corners)
        yield Progress(f"finding {spec.concepts} concepts in {len(activations):,} crops")
        found = find_bank(activations, spec.concepts, spec.repeats, spec.seed)
        yield from self.use_bank(found.directions)
        presence = self.maps.max((1, 2))
        weight = yield from self._importance()
        assert self.whole is not None
        halves = [float(self.whole.score[rows].mean()) for rows in (self.own, ~self.own)]
        facts: BankFacts = {
            **self.facts, "negative": round(negative, 4), "error": round(found.error, 4), "crop": list(size),
            "crops": len(activations), "accuracy": sum(halves) / 2, "own_accuracy": halves[0],
        }  # fmt: skip
        arrays: BankArrays = {
            "bank": found.directions, "importance": weight, "stability": found.stability, "presence": presence,
            "threshold": np.array([threshold(one) for one in presence.T], np.float32),
            "pictures": np.array([self.feed.rows[i] for i in self.places], np.int32),
            "labels": self.judge.labels[self.places].astype(np.int32), "predicted": self.whole.predicted,
            "score": self.whole.score,
        }  # fmt: skip
        return BANK.part(0, "concept bank", arrays=arrays, facts=facts)

    def use_bank(self, directions: np.ndarray) -> Generator[Progress, None, None]:
        """Find every concept in every picture."""
        self.bank, found = directions, []
        for rows, at in self._at_layer(self.pictures):
            found.append(coefficients(positive(at), directions))
            yield from self._progress(f"finding concepts in pictures: {rows.stop:,} of {len(self.pictures):,}")
        self.maps = np.concatenate(found)

    def judged(self, pictures: np.ndarray, places: np.ndarray, what: str) -> Generator[Progress, None, Verdict]:
        """What the network says of pictures, as if they were those at some places of the split."""
        found = []
        for rows, at in self._at_layer(pictures):
            found.append(self._verdict(at, at.values, places[rows], False))
            yield from self._progress(f"{what}: pictures {rows.stop:,} of {len(pictures):,}")
        return joined(found)

    def ablated(self, concept: int) -> Generator[Progress, None, tuple[float, float]]:
        """Mean change of the class's logit, and of its accuracy, over its own pictures without a direction."""
        assert self.whole is not None
        own, found = self.pictures[: self.own_count], []
        keep = np.ones(len(self.bank), np.float32)
        keep[concept] = 0
        for rows, at in self._at_layer(own):
            share = self.maps[rows]
            found.append(self._verdict(at, [self._with_shares(at, share, keep)], self.places[rows], True))
            yield from self._progress(f"without concept {concept + 1}: pictures {rows.stop:,} of {len(own):,}")
        without = joined(found)
        change = without.logits[:, self.number] - self.whole.logits[: self.own_count, self.number]
        return float(change.mean()), float((without.score - self.whole.score[: self.own_count]).mean())

    def holes(self, concept: int, least: float) -> np.ndarray:
        """Where the class's own pictures have a concept, bool (picture with it, height, width)."""
        maps = self.maps[: self.own_count, ..., concept]
        return regions(maps[maps.max((1, 2)) > least], least, self.pictures.shape[1:3])

    def outside(self, concept: int) -> float | None:
        """Share of a concept's strength in the class's own pictures outside its masks; None without masks."""
        if self.judge.answers != "masks":
            return None
        maps = self.maps[: self.own_count, ..., concept]
        of = self.dataset.card.columns[0].classes.index(self.facts["class_name"])
        shape = (maps.shape[1], maps.shape[2])
        masks = [true_mask(self.dataset, self.feed, int(place), shape) == of for place in self.places[: self.own_count]]
        return outside_share(maps, np.stack(masks))

    def evidence(self, concept: int, least: float) -> Generator[Progress, None, Evidence]:
        """What becomes of pictures when the concept is painted over, or put where it was not.

        Args:
            concept: its number.
            least: its threshold.
        """
        chance = np.random.default_rng([self.spec.seed, concept])
        has = self.maps[..., concept].max((1, 2)) > least
        holes = regions(self.maps[..., concept], least, self.pictures.shape[1:3])
        with_own, without_own, with_others, without_others = (
            np.flatnonzero(one) for one in (has & self.own, ~has & self.own, has & ~self.own, ~has & ~self.own)
        )
        others = np.flatnonzero(~self.own)
        # Of masks what is right changes with what is put into a picture.
        if len(with_own) < LEAST or self.judge.answers != "classes":
            return Evidence(None, None, None, None, None, None, [])
        score = self.whole.score  # type: ignore[union-attr]
        name = f"concept {concept + 1}"
        painted = yield from self._painted(with_own, holes[with_own], f"{name} painted over")
        painted_others = yield from self._painted(with_others, holes[with_others], f"{name} painted over")
        put = yield from self._put(others, chance.choice(with_own, len(others)), holes, f"{name} put into others")
        loses_else = draws_else = None
        if len(without_own) >= LEAST:
            some = chance.permutation(without_own)[:COMPARED]
            elsewhere = yield from self._painted(some, holes[chance.choice(with_own, len(some))], f"without {name}")
            loses_else = float(score[some].mean() - elsewhere.score.mean())
            some = chance.permutation(others)[:COMPARED]
            sources, places = chance.choice(without_own, len(some)), chance.choice(with_own, len(some))
            plain = yield from self._put(some, sources, holes, f"{name}'s places without it", places)
            draws_else = float(score[some].mean() - plain.score.mean())
        before, after = float(has[self.own].mean()), float(has[~self.own].mean())
        own_with = float(score[with_own].mean())
        own_without = float(np.concatenate([painted.score, score[without_own]]).mean())
        others_with = float(put.score.mean())
        others_without = float(np.concatenate([painted_others.score, score[without_others]]).mean())
        exchanged = (
            after * own_with + (1 - after) * own_without + before * others_with + (1 - before) * others_without
        ) / 2
        drawn = self._drawn(others, put)
        return Evidence(
            own_with - float(painted.score.mean()), loses_else, float(score[others].mean()) - others_with, draws_else,
            (own_without + others_without) / 2, exchanged, drawn,
        )  # fmt: skip

    def _drawn(self, others: np.ndarray, put: Verdict) -> list[list[str | int]]:
        """Classes whose pictures are taken for this one once the concept is in them, that with most first."""
        before = self.whole.predicted[others]  # type: ignore[union-attr]
        taken = (put.predicted == self.number) & (before != self.number)
        labels, counts = np.unique(self.judge.labels[self.places[others[taken]]], return_counts=True)
        order = np.argsort(-counts, kind="stable")[:5]
        return [[self.judge.classes[int(labels[i])], int(counts[i])] for i in order]

    def _painted(self, rows: np.ndarray, holes: np.ndarray, what: str) -> Generator[Progress, None, Verdict]:
        made = ((i, filled(self._shown(rows[i]), holes[i])) for i in self._slices(len(rows)))
        return (yield from self._judged_all(made, rows, what))

    def _put(
        self, rows: np.ndarray, sources: np.ndarray, holes: np.ndarray, what: str, places: np.ndarray | None = None
    ) -> Generator[Progress, None, Verdict]:
        """Pictures with what others have where these have the concept, or where the pictures `places` have it."""
        where = sources if places is None else places
        made = ((i, transplanted(self._shown(rows[i]), self._shown(sources[i]), holes[where[i]]))
                for i in self._slices(len(rows)))  # fmt: skip
        return (yield from self._judged_all(made, rows, what))

    def _judged_all(
        self, made: Iterator[tuple[slice, np.ndarray]], rows: np.ndarray, what: str
    ) -> Generator[Progress, None, Verdict]:
        """What the network says of changed pictures, which are made a batch at a time."""
        if not len(rows):
            none = np.zeros(0, np.float32)
            return Verdict(np.zeros((0, len(self.judge.classes)), np.float32), none.astype(np.int32), none)
        found = []
        for some, pictures in made:
            found.append((yield from self.judged(pictures, self.places[rows[some]], what)))
        return joined(found)

    def _slices(self, count: int) -> list[slice]:
        return [slice(start, min(count, start + self.batch)) for start in range(0, count, self.batch)]

    def _shown(self, rows: Any) -> np.ndarray:
        return self.pictures[rows].astype(np.float32)

    def _crop_activations(
        self, own: np.ndarray, size: tuple[int, int], corners: Sequence[tuple[int, int]]
    ) -> Generator[Progress, None, tuple[np.ndarray, float]]:
        """Mean activation of each crop, float32 (crop, channel), and the share of values that are negative."""
        every = [(picture, place) for picture in range(len(own)) for place in range(len(corners))]
        chosen = np.random.default_rng(self.spec.seed).permutation(len(every))[:MOST_CROPS]
        found, below, count = [], 0, 0
        for rows in self._slices(len(chosen)):
            crops = [crop_of(own[every[i][0]], corners[every[i][1]], size) for i in chosen[rows]]
            large = tf.image.resize(np.stack(crops).astype(np.float32), own.shape[1:3])
            values = np.asarray(self.cut.front(large).values[0], np.float32)
            below, count = below + int((values < 0).sum()), count + values.size
            found.append(np.maximum(values, 0).reshape(len(values), -1, values.shape[-1]).mean(1))
            yield from self._progress(f"looking at crops: {rows.stop:,} of {len(chosen):,}")
        return np.concatenate(found), below / count

    def _importance(self) -> Generator[Progress, None, np.ndarray]:
        """Sobol's total indices for the class's logit, the mean over some of its pictures."""
        count = min(self.own_count, MEASURED)
        kept = list(self._at_layer(self.pictures[:count]))
        masks = sobol_masks(len(self.bank), self.spec.draws, self.spec.seed)
        values = []
        for number, keep in enumerate(masks, 1):
            said = [self._verdict(at, [self._with_shares(at, self.maps[rows], keep)], self.places[rows], True)
                    for rows, at in kept]  # fmt: skip
            values.append(joined(said).logits[:, self.number])
            yield from self._progress(f"measuring the importance of each concept: {number:,} of {len(masks):,} passes")
        return importance(np.stack(values), len(self.bank))

    def _with_shares(self, at: AtLayer, shares: np.ndarray, keep: np.ndarray) -> Any:
        """The layer's values with each concept kept in a share; what no concept explains stays."""
        values = tf.cast(at.values[0], tf.float32)
        less = tf.constant((shares * (1 - keep)) @ self.bank)
        return tf.maximum(values - less, tf.minimum(values, 0))

    def _verdict(self, at: AtLayer, replacements: Sequence[Any], places: np.ndarray, changed: bool) -> Verdict:
        mask = tf.constant(np.full((1, self.cut.channels), changed))
        logits, given = self.cut.answers(at, list(replacements), mask)
        verdict = self.judge.verdict(logits, given, places)
        if not np.isfinite(verdict.logits).all():
            raise NotFinite(
                message("finite logits", "NaN or infinity", "The pictures' values may be scaled for another network; "
                        "choose the right preprocessing under Models (in a terminal: `convscope models add "
                        "--preprocess`).")
            )  # fmt: skip
        return verdict

    def _at_layer(self, pictures: np.ndarray) -> Iterator[tuple[slice, AtLayer]]:
        for rows in self._slices(len(pictures)):
            yield rows, self.cut.front(pictures[rows].astype(np.float32))

    def _progress(self, stage: str) -> Iterator[Progress]:
        """A report, where the last one was a while ago: a pass takes milliseconds."""
        if time.monotonic() - self.reported > SECONDS:
            self.reported = time.monotonic()
            yield Progress(stage)
