"""Passes through the rest of a network with channels off: estimates, one channel after the other, more and more."""

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from shared.analyses.channel_ablation.numbers import ablation_of, points_of
from shared.analyses.channel_ablation.parts import (
    CHANNELS,
    CURVES,
    ESTIMATE,
    AblationFacts,
    ChannelArrays,
    CurveArrays,
    EffectArrays,
    EstimateArrays,
    GroupFacts,
)
from shared.errors import ConvscopeError, NotFinite, message
from shared.results import Part, Progress
from worker.analyses.channel_ablation.sample import Batch, Sample
from worker.pictures.judge import Judge, Verdict, joined

Steps = Generator[Progress, None, Part]
SECONDS = 0.3


@dataclass
class AblationPasses:
    """What all parts of a run share.

    Attributes:
        sample: the pictures.
        judge: what is right of them.
        channels: int32 (channel), which of the layer's.
        facts: of the run.
        draws: how many times channels are drawn by chance.
        seed: of those draws.
    """

    sample: Sample
    judge: Judge
    channels: np.ndarray
    facts: AblationFacts
    draws: int
    seed: int
    whole: Verdict | None = None
    reported: float = 0.0

    @property
    def own(self) -> np.ndarray:
        """bool (picture, class)."""
        return self.judge.own[self.sample.places]

    def prepare(self) -> Generator[Progress, None, None]:
        """What every worker needs before its first part: the pictures at the layer, and their means."""
        total = len(self.sample.places)
        for done in self.sample.prepare():
            yield Progress(f"computing the layer's activations: picture {done:,} of {total:,}")

    def estimates(self) -> Steps:
        """Part 0: the network as it is, and the gradient times the change of each channel."""
        whole, own = (yield from self._whole()), self.own
        total = np.zeros((len(self.judge.classes), self.sample.cut.channels))
        for rows, pictures in self.sample.pictures():
            replacements = self.sample.replacements(self.sample.cut.front(pictures)) if self._resamples else None
            for classes, counted in self._own_rounds(rows):
                given = replacements or self.sample.replacements(None)  # type: ignore[arg-type]
                outputs = tf.constant(np.array(self.judge.columns, np.int32)[classes])
                np.add.at(
                    total, classes[counted], np.asarray(self.sample.cut.slopes(pictures, given, outputs))[counted]
                )
            yield from self._progress("estimating by the gradient", rows)
        with np.errstate(invalid="ignore"):
            mean = (total / np.where(own.any(0), own.sum(0), np.nan)[:, None]).T
        arrays: EstimateArrays = {
            "channels": self.channels, "estimate": mean[self.channels].astype(np.float32),
            "replacement": (self.sample.mean * (self.sample.replace_by == "mean"))[self.channels],
            "pictures": np.array([self.sample.feed.rows[i] for i in self.sample.places], np.int32),
            "labels": self.judge.labels[self.sample.places].astype(np.int32), "own": own,
            "predicted": whole.predicted, "score": whole.score,
        }  # fmt: skip
        return ESTIMATE.part(0, "estimates for all channels", arrays=arrays, facts=self.facts)

    def group(self, index: int, rows: range) -> Steps:
        """A group of channels, each switched off alone."""
        begun = time.perf_counter()
        whole = yield from self._whole()
        chosen = self.channels[rows.start : rows.stop]
        found: list[list[Verdict]] = [[] for _ in chosen]
        for batch in self.sample.batches():
            for verdicts, channel in zip(found, chosen, strict=True):
                verdicts.append(self._without(batch, self._mask([channel])))
                yield from self._progress(f"channels {chosen[0]}–{chosen[-1]}", batch.rows)
        alone = [joined(one) for one in found]
        arrays: ChannelArrays = {
            "channels": chosen, **_effects([one.logits - whole.logits for one in alone], self.own),
            "predicted": np.stack([one.predicted for one in alone]), "score": np.stack([one.score for one in alone]),
        }  # fmt: skip
        facts: GroupFacts = {"seconds": round(time.perf_counter() - begun, 3)}
        return CHANNELS.part(index, f"channels {chosen[0]}–{chosen[-1]}", arrays=arrays, facts=facts)

    def curves(self, index: int, parts: Sequence[Part | None]) -> Steps:
        """The last part: more and more channels off, the strongest of each class against such as were drawn."""
        begun = time.perf_counter()
        found = ablation_of([part for part in parts if part is not None])
        if found is None or len(found.channels) < len(self.channels):
            raise ConvscopeError("Expected the results of all channels. Received fewer: the cache has let go. Retry.")
        random = np.random.default_rng(self.seed)
        strongest = np.stack([self.channels[found.order(k)] for k in range(len(self.judge.classes))])
        drawn = np.stack([random.permutation(self.channels) for _ in range(self.draws)])
        off = points_of(len(self.channels))
        orders = [strongest, *(np.broadcast_to(one, strongest.shape) for one in drawn)]
        scores = []
        for number, order in enumerate(orders):
            what = f"draw {number} of {self.draws}" if number else "the strongest"
            scores.append((yield from self._curve(order, off, what)))
        arrays: CurveArrays = {
            "off": off, "strongest": scores[0], "random": np.stack(scores[1:]), "drawn": drawn.astype(np.int32),
        }  # fmt: skip
        facts: GroupFacts = {"seconds": round(time.perf_counter() - begun, 3)}
        return CURVES.part(index, "more and more channels off", arrays=arrays, facts=facts)

    def _curve(self, order: np.ndarray, off: np.ndarray, what: str) -> Generator[Progress, None, np.ndarray]:
        """float32 (class, point): mean score of each class's own pictures, channels off in its order."""
        total, counts = np.zeros((len(order), len(off))), self.own.sum(0)
        for batch in self.sample.batches():
            for classes, counted in self._own_rounds(batch.rows):
                for point, count in enumerate(off):
                    score = self._without(batch, self._masks(order[classes, :count])).score
                    np.add.at(total[:, point], classes[counted], score[counted])
                    yield from self._progress(f"switching off together, {what}", batch.rows)
        with np.errstate(invalid="ignore"):
            return (total / np.where(counts, counts, np.nan)[:, None]).astype(np.float32)

    def _own_rounds(self, rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """A class that each picture is one of, and whether it is of any; again until each class had its turn."""
        own = self.judge.own[self.sample.places[rows]]
        while own.any():
            classes = own.argmax(1)
            counted = own[np.arange(len(rows)), classes]
            yield classes, counted
            own = own.copy()
            own[np.arange(len(rows)), classes] = False

    def _whole(self) -> Generator[Progress, None, Verdict]:
        """What the network says with the layer as it is, the same way as without a channel."""
        if self.whole is None:
            found = []
            for batch in self.sample.batches():
                found.append(self._without(batch, self._mask([])))
                yield from self._progress("with every channel", batch.rows)
            self.whole = joined(found)
        return self.whole

    def _without(self, batch: Batch, mask: np.ndarray) -> Verdict:
        logits, given = self.sample.cut.answers(batch.at, batch.replacements, tf.constant(mask))
        verdict = self.judge.verdict(logits, given, self.sample.places[batch.rows])
        if not np.isfinite(verdict.logits).all():
            raise NotFinite(
                message("finite logits", "NaN or infinity", "The pictures' values may be scaled for another network; "
                        "choose the right preprocessing under Models (in a terminal: `convscope models add "
                        "--preprocess`).")
            )  # fmt: skip
        return verdict

    def _mask(self, channels: Sequence[int]) -> np.ndarray:
        mask = np.zeros((1, self.sample.cut.channels), bool)
        mask[0, list(channels)] = True
        return mask

    def _masks(self, channels: np.ndarray) -> np.ndarray:
        """bool (picture, channel) of int (picture, channels that are off)."""
        mask = np.zeros((len(channels), self.sample.cut.channels), bool)
        np.put_along_axis(mask, channels.astype(np.int64), True, 1)
        return mask

    @property
    def _resamples(self) -> bool:
        return self.sample.replace_by == "resample"

    def _progress(self, stage: str, rows: np.ndarray) -> Iterator[Progress]:
        """A report, where the last one was a while ago: a pass takes milliseconds."""
        if time.monotonic() - self.reported > SECONDS:
            self.reported = time.monotonic()
            yield Progress(f"{stage}: picture {rows[-1] + 1:,} of {len(self.sample.places):,}")


def _effects(changes: Sequence[np.ndarray], own: np.ndarray) -> EffectArrays:
    """Means of each channel's changes, float32 (picture, class), with standard errors, and of two halves."""
    everywhere = np.ones_like(own)
    # Every second of a class's own pictures: halves of the sample would share a rare class out unevenly.
    odd = np.cumsum(own, 0) % 2 == 1
    mean, error, own_mean, own_error = (
        np.stack(one) for one in zip(*((*_mean(c, everywhere), *_mean(c, own)) for c in changes), strict=True)
    )
    halves = np.stack([np.stack([_mean(c, own & half)[0] for c in changes]) for half in (odd, ~odd)])
    return {"change": mean, "change_error": error, "own": own_mean, "own_error": own_error, "halves": halves}


def _mean(changes: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over chosen pictures, bool (picture, class), and its standard error, float32 (class); NaN without any."""
    counts = chosen.sum(0).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(chosen, changes, 0).sum(0, dtype=np.float64) / counts
        spread = np.where(chosen, (changes - mean) ** 2, 0).sum(0, dtype=np.float64) / (counts - 1)
        error = np.sqrt(spread / counts)
    return mean.astype(np.float32), error.astype(np.float32)
