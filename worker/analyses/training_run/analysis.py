"""`training_run`: a network learns from a data set, an epoch a part.

Chollet, "Deep Learning with Python", 2017, chapter 5.
"""

import logging
import math
import statistics
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf

from shared.analyses.training_run.parts import EPOCH, EpochFacts, Scores
from shared.analyses.training_run.spec import TrainingRun
from shared.errors import DoesNotFit, NotFinite
from shared.results import Part, Progress
from worker.analyses.background import rest_of_abandoned_work, yielding, yielding_from
from worker.analyses.context import RunContext
from worker.analyses.training_run.best_network import BestNetwork
from worker.analyses.training_run.checkpoints import Checkpoint, Checkpoints
from worker.analyses.training_run.data import TrainingData, picture_side
from worker.analyses.training_run.heat_maps import WatchedHeatMaps
from worker.analyses.training_run.loop import Score, Stretch, TrainingLoop
from worker.analyses.training_run.network import TrainableNetwork, make_trainable_network, set_values, values_of
from worker.analyses.training_run.phases import PhaseData, first_unfrozen, judge_of, sees_features, training_loop_of
from worker.analyses.training_run.schedule import Phase, Schedule

log = logging.getLogger(__name__)

# Looking at a picture costs about a third of learning from it.
FORWARD_COST = 1 / 3
KEPT_CHECKPOINTS = 2


def training_run(spec: TrainingRun, context: RunContext) -> Iterator[Part | Progress]:
    """Train, and say after every epoch how far it is; however it ends, the best network so far is kept.

    Yields:
        Parts as shared.analyses.training_run.parts lays them out.

    Raises:
        InvalidSpec, UnknownLayer, UnknownDataset, UnknownModel, NotFinite, DiskFull, DoesNotFit: see their names.
    """
    first = Progress("opening the data set", total=spec.planned_epochs)
    run = yield from yielding(lambda: _prepared(spec, context), first)
    try:
        yield from run.train()
    except (tf.errors.ResourceExhaustedError, MemoryError) as error:
        raise DoesNotFit(
            f"Expected room for batches of {spec.batch} pictures. The memory is full. Choose a smaller batch or size."
        ) from error
    finally:
        run.keep_best()


def _prepared(spec: TrainingRun, context: RunContext) -> "_Run":
    """Everything that can be wrong with the request is found here, before an epoch begins."""
    dataset = context.dataset(spec.dataset)
    base = context.models.load(spec.model, head=False) if spec.model else None
    channels = base.input_channels if base else dataset.card.channels
    data = TrainingData(
        spec,
        dataset,
        picture_side(spec, dataset.card, base),
        channels,
        context.library.settings.dataset_memory,
        base.preprocess if base else "",
        spec.settled_resize,
    )
    context.pictures_in[spec.dataset] = data.train.words
    trainable = make_trainable_network(spec, len(data.classes), data.side, channels, base)
    return _Run(spec, context, data, trainable)


@dataclass
class _Run:
    """One attempt: what it works with."""

    spec: TrainingRun
    context: RunContext
    data: TrainingData
    trainable: TrainableNetwork
    schedule: Schedule = field(init=False)
    best: BestNetwork = field(init=False)
    checkpoints: Checkpoints = field(init=False)
    watched: WatchedHeatMaps | None = None
    training_loop: TrainingLoop | None = None
    phase_data: PhaseData | None = None
    unfreeze_from: str = field(init=False)
    metrics: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        spec, context = self.spec, self.context
        self.schedule = Schedule(spec)
        name, models = self._dataset_name(), context.library.models
        how = self.data.learnt_way(self.trainable.preprocess)
        self.best = BestNetwork(spec, self.trainable, self.data.classes, name, models, how, self.data.resize)
        self.checkpoints = Checkpoints(context.library.files, spec.key())
        if spec.watch:
            self.watched = WatchedHeatMaps(self.trainable, self.data)
        self.unfreeze_from = first_unfrozen(spec, self.trainable)

    def _dataset_name(self) -> str:
        names = self.context.library.datasets.names()
        return next((name for name, known in names.items() if known == self.spec.dataset), self.spec.dataset[:15])

    # The schedule of a run

    def train(self) -> Iterator[Part | Progress]:
        """All epochs that are left, then what is known at the end."""
        yield from self._resume()
        while (phase := self.schedule.phase) is not None:
            if self.schedule.phase_begins or self.training_loop is None:
                yield from self._begin(phase)
            yield from self._epoch(phase)
        yield from self._finish()

    def _resume(self) -> Iterator[Progress]:
        """Stand where the attempt before this one stood after its last epoch, or at the very beginning."""
        epochs = self._stored_epochs()
        self.checkpoints.inherit([facts["checkpoint"] for facts in epochs])
        state = self.checkpoints.read(epochs[-1]["checkpoint"]) if epochs else None
        if state is None:
            return
        schedule = Schedule(self.spec)
        for facts in epochs:
            phase = schedule.phase
            schedule.note(facts)
        yield from self._restore(schedule, phase, state)

    def _stored_epochs(self) -> list[EpochFacts]:
        epochs: list[EpochFacts] = []
        while len(epochs) in self.context.finished and (part := self.context.stored(len(epochs))) is not None:
            epochs.append(EPOCH.read(part))
        return epochs

    def _restore(self, schedule: Schedule, phase: Phase | None, state: Checkpoint) -> Iterator[Progress]:
        assert phase is not None and schedule.best is not None
        training_loop = yield from self._begin(phase)
        set_values(training_loop.moving, list(state.moving))
        set_values(training_loop.optimizer.variables, list(state.optimizer))
        values = state.moving if state.best is None else state.best
        references = ["", *(epoch["network"] for epoch in schedule.epochs)]
        unchanged, saved = references[schedule.best["epoch"] - 1], references[-1]
        self.best.restore(training_loop.moving, values, schedule.best, saved if saved != unchanged else "")
        self.best.reference = saved
        self.schedule = schedule

    def _begin(self, phase: Phase) -> Generator[Progress, None, TrainingLoop]:
        """Make ready what a phase needs: its feeds, and a training loop with a fresh optimizer."""
        if phase.name == "fine_tuning" and self.schedule.epochs and self.schedule.phase_begins:
            yield from self._leave_head()
        self.phase_data = PhaseData(self.data, self.trainable)
        if sees_features(self.spec, phase):
            yield from yielding_from(
                self.phase_data.compute_features(), "computing the base's features of the pictures"
            )
            self.timings["features_seconds"] = self.phase_data.seconds
        self.training_loop = yield from yielding(
            lambda: training_loop_of(phase, self.data, self.trainable, self.unfreeze_from), "building"
        )
        if phase.name == "fine_tuning" and self.best.values:
            self.best.retake(self.training_loop.moving)
        self.metrics["trainable_parameters"] = sum(math.prod(v.shape) for v in self.training_loop.variables)
        return self.training_loop

    def _leave_head(self) -> Iterator[Progress]:
        """Fine-tuning starts from the best head; the network with it is kept, to be compared with later."""
        yield from yielding(self.best.save, "saving the best head")
        self.best.load()
        self.best.note_head()

    # An epoch

    def _epoch(self, phase: Phase) -> Iterator[Part | Progress]:
        number, begun = len(self.schedule.epochs), time.perf_counter()
        rate = self.schedule.rate
        scores = yield from self._learnt(number)
        seconds, best = round(time.perf_counter() - begun, 3), self.schedule.is_better(scores)
        assert self.training_loop is not None
        if best:
            self.best.take(self.training_loop.moving, {"epoch": number + 1, "phase": phase.name, **scores})
        yield from yielding(self.best.save_if_due, "saving the best network")
        pictures, arrays, rows = (
            (yield from yielding(self.watched.draw, "drawing heat maps")) if self.watched else ({}, {}, [])
        )
        writing = lambda: self.checkpoints.write(self._state(best), number + 1)  # noqa: E731
        checkpoint = yield from yielding(writing, "keeping a checkpoint")
        facts: EpochFacts = {
            "epoch": number + 1, "phase": phase.name, "rate": rate, **scores, "seconds": seconds, "best": best,
            "network": self.best.reference, "checkpoint": checkpoint,
        }  # fmt: skip
        if rows:
            facts["watched"] = rows
        # A run whose checkpoint is gone learns again what it has told already: what was told stays.
        known = self.context.stored(number) if number in self.context.finished else None
        self.schedule.note(facts if known is None else EPOCH.read(known))
        yield Progress(f"epoch {number + 1} finished", total=self.schedule.total)
        if known is None:
            yield EPOCH.part(number, f"epoch {number + 1}", pictures=pictures, arrays=arrays, facts=facts)
        self.checkpoints.drop(but=KEPT_CHECKPOINTS)

    def _learnt(self, number: int) -> Generator[Progress, None, Scores]:
        """Loss and accuracy of one epoch, learning and then looking."""
        training_loop, phase_data, planned = self.training_loop, self.phase_data, self.schedule.total
        assert training_loop is not None and phase_data is not None
        training_loop.learn_at(self.schedule.rate)
        learnt = phase_data.training_count
        share = learnt / (learnt + FORWARD_COST * phase_data.validation_count) / planned
        stage = f"epoch {number + 1} of {planned}"
        bar = Stretch(stage, number / planned, share)
        steps = training_loop.learn(phase_data.to_learn(number), self.spec.seed, number, bar)
        score = yield from self._scored(steps, bar)
        found: Scores = {"loss": score.loss, "accuracy": score.accuracy}
        if phase_data.validation_count:
            bar = Stretch(f"{stage}, validation", number / planned + share, 1 / planned - share)
            score = yield from self._scored(training_loop.judge(phase_data.to_judge(), bar), bar)
            found["val_loss"], found["val_accuracy"] = score.loss, score.accuracy
        return found

    def _scored(self, steps: Generator[Progress, None, Score], bar: Stretch) -> Generator[Progress, None, Score]:
        try:
            return (yield from yielding_from(steps, bar.stage))
        except NotFinite as error:
            raise self.schedule.divergence(str(error)) from None

    def _state(self, is_best: bool) -> Checkpoint:
        assert self.training_loop is not None
        optimizer = values_of(self.training_loop.optimizer.variables)
        return Checkpoint(values_of(self.training_loop.moving), optimizer, None if is_best else self.best.values)

    # The end

    def keep_best(self) -> None:
        """Save the best network where it is not saved yet, whatever has ended the run."""
        try:
            for _ in rest_of_abandoned_work():
                pass
            self.best.save()
        except Exception:  # the run ends for another reason, which is what must be told
            log.exception("could not keep the best network", extra={"key": self.spec.key()})

    def _finish(self) -> Iterator[Progress]:
        yield from yielding(self.best.save, "saving the best network")
        metrics = self._measured() | (yield from self._tested())
        self.best.note(metrics)
        seconds = round(statistics.median(epoch["seconds"] for epoch in self.schedule.epochs), 3)
        timings = {"epoch_seconds": seconds, **self.timings}
        yield Progress("done", total=len(self.schedule.epochs), facts={"metrics": metrics, "timings": timings})
        self.checkpoints.drop()

    def _measured(self) -> dict[str, Any]:
        """What is said of the run as a whole, but for its test."""
        tuned = {"unfreeze_from": self.unfreeze_from, "head_model": self.best.head_reference()}
        return {
            "model": self.best.reference, "name": self.best.name, **self.schedule.facts(),
            "images": len(self.data.rows), "classes": len(self.data.classes), "size": self.data.side,
            "parameters": self.trainable.network.count_params(),
            **(tuned if self.unfreeze_from else {}), **self.metrics,
        }  # fmt: skip

    def _tested(self) -> Generator[Progress, None, dict[str, float]]:
        """Accuracy of the best network on the test split, where there is one."""
        feed = self.data.test()
        if feed is None:
            return {}
        self.best.load()
        training_loop = yield from yielding(lambda: judge_of(self.data, self.trainable), "building")
        bar = Stretch("testing", 1.0, 0.0)
        score = yield from self._scored(training_loop.judge(feed.epoch(), bar), bar)
        return {"test_accuracy": score.accuracy}
