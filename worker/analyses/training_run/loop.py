"""The loop: steps of gradient descent, many to one call of a compiled function, with a report a few times a second.

Keras's `fit` would have to run in a thread that nothing can stop, and says nothing between its epochs' beginnings and
ends but through callbacks. Here the caller holds the loop: it may stop after any report.
"""

import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from shared.errors import NotFinite
from shared.results import Progress
from worker.analyses.training_run.network import TrainableNetwork
from worker.networks.preprocessing import preprocess
from worker.networks.tracing import tracing

# As long as a call of the compiled function is meant to take; a report follows each.
CALL_SECONDS = 0.3
MOST_STEPS = 256
MOMENTUM = 0.9


@dataclass(frozen=True)
class Score:
    """Mean loss and share of right answers over an epoch."""

    loss: float
    accuracy: float


@dataclass(frozen=True)
class Stretch:
    """A stretch of the progress bar: what is being done, from which share of the run, how much of it."""

    stage: str
    start: float
    width: float

    def at(self, done: int, count: int) -> Progress:
        """How far it is."""
        share = self.start + self.width * done / max(1, count)
        return Progress(f"{self.stage}, batch {done} of {count}", fraction=min(1.0, share))


def make_optimizer(name: str, rate: float, precision: str) -> keras.optimizers.Optimizer:
    """An optimizer; sgd with momentum 0.9. float16 gradients are scaled up, or they would round to nothing."""
    made = {
        "rmsprop": lambda: keras.optimizers.RMSprop(rate),
        "adam": lambda: keras.optimizers.Adam(rate),
        "sgd": lambda: keras.optimizers.SGD(rate, momentum=MOMENTUM),
    }[name]()
    return keras.optimizers.LossScaleOptimizer(made) if precision == "float16" else made


class TrainingLoop:
    """One phase of a run: which weights learn, how fast, on what.

    Args:
        trainable: the network.
        unfrozen: layers of its base that learn beside the head.
        optimizer: fresh.
        from_features: whether the feeds give what the front sees instead of pictures.
        augmentation: layers for pictures in [0, 1]; None leaves them alone.
        class_weights: float32 (class), what a picture of each counts for; None for 1.
    """

    def __init__(
        self, trainable: TrainableNetwork, unfrozen: Sequence[keras.layers.Layer],
        optimizer: keras.optimizers.Optimizer,
        *, from_features: bool = False, augmentation: keras.Sequential | None = None,
        class_weights: np.ndarray | None = None,
    ) -> None:  # fmt: skip
        self.trainable, self.optimizer = trainable, optimizer
        self._from_features, self._augmentation = from_features, augmentation
        self._class_weights = None if class_weights is None else tf.constant(class_weights)
        tuned = [v for layer in unfrozen for v in layer.trainable_variables]
        self.variables = [*trainable.head.trainable_variables, *tuned]
        # What differs from the network as it was made: what a checkpoint has to hold.
        self.moving = [*trainable.head.weights, *tuned]
        optimizer.build(self.variables)
        self._sums = [tf.Variable(0.0, trainable=False) for _ in range(3)]
        self._learn_some, self._judge_some = _looped(self._learn), _looped(self._judge)

    def learn_at(self, rate: float) -> None:
        """Change the optimizer's rate."""
        self.optimizer.learning_rate = rate

    def learn(self, batches: tf.data.Dataset, seed: int, epoch: int, bar: Stretch) -> Generator[Progress, None, Score]:
        """One epoch.

        Args:
            batches: (pictures in [0, 1] or features, labels), of known number.
            seed: of the run.
            epoch: its number from 0; dropout and augmentation depend on it and on the seed.
            bar: where its reports stand.

        Raises:
            NotFinite: the loss is none any more; `args[0]` says at which batch.
        """
        reseed([m for m in (self.trainable.head, self._augmentation) if m is not None], seed, epoch)
        return (yield from self._over(self._learn_some, batches, bar))

    def judge(self, batches: tf.data.Dataset, bar: Stretch) -> Generator[Progress, None, Score]:
        """Loss and accuracy over pictures that are not learnt from; nothing of the network changes."""
        return (yield from self._over(self._judge_some, batches, bar))

    def _over(self, function: Any, batches: tf.data.Dataset, bar: Stretch) -> Generator[Progress, None, Score]:
        for total in self._sums:
            total.assign(0.0)
        count, done, steps = int(batches.cardinality()), 0, 1
        rows = iter(batches)
        while done < count:
            begun = time.perf_counter()
            steps = min(steps, count - done)
            function(rows, tf.constant(steps))
            loss, right, seen = (float(total.numpy()) for total in self._sums)
            if not np.isfinite(loss):
                raise NotFinite(f"batch {done + 1} to {done + steps}")
            done += steps
            yield bar.at(done, count)
            each = (time.perf_counter() - begun) / steps
            # The first call traces, so the second is short again.
            steps = 1 if done == steps else max(1, min(MOST_STEPS, int(CALL_SECONDS / max(each, 1e-6))))
        return Score(loss / seen, right / seen)

    def _learn(self, values: Any, labels: Any) -> None:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([v.value for v in self.variables])
            logits = self.trainable.head(self._seen(values, True), training=True)
            each = self._losses(logits, labels)
            loss = tf.reduce_mean(each)
            scaled = self.optimizer.scale_loss(loss)
        gradients = tape.gradient(scaled, [v.value for v in self.variables])
        self.optimizer.apply(gradients, self.variables)
        self._count(each, logits, labels)

    def _judge(self, values: Any, labels: Any) -> None:
        logits = self.trainable.head(self._seen(values, False), training=False)
        self._count(_cross_entropy(logits, labels), logits, labels)

    def _seen(self, values: Any, training: bool) -> Any:
        """What the head gets."""
        if self._from_features:
            return values
        if training and self._augmentation is not None:
            values = self._augmentation(values, training=True)
        values = preprocess(values, self.trainable.preprocess)
        return values if self.trainable.front is None else self.trainable.front(values, training=False)

    def _losses(self, logits: Any, labels: Any) -> Any:
        each = _cross_entropy(logits, labels)
        return each if self._class_weights is None else each * tf.gather(self._class_weights, labels)

    def _count(self, each: Any, logits: Any, labels: Any) -> None:
        loss, right, seen = self._sums
        answers = tf.cast(logits[:, 0] > 0, tf.int32) if logits.shape[-1] == 1 else tf.argmax(logits, -1, tf.int32)
        loss.assign_add(tf.reduce_sum(each))
        right.assign_add(tf.reduce_sum(tf.cast(answers == labels, tf.float32)))
        seen.assign_add(tf.cast(tf.size(labels), tf.float32))


def _looped(step: Any) -> Any:
    """A compiled function that takes the next batches from an iterator and does a step with each."""
    # The loop becomes part of the graph; what a step does is traced as it stands.
    once = tf.autograph.experimental.do_not_convert(step)

    @tf.function(reduce_retracing=True)
    def some(rows: Any, steps: Any) -> None:
        for _ in tf.range(steps):
            once(*next(rows))

    return tracing(some)


def _cross_entropy(logits: Any, labels: Any) -> Any:
    """float32 (picture), from logits: an answer that is sure and wrong still has a gradient."""
    logits = tf.cast(logits, tf.float32)
    if logits.shape[-1] == 1:
        return tf.nn.sigmoid_cross_entropy_with_logits(tf.cast(labels, tf.float32), logits[:, 0])
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)


def reseed(models: Iterable[keras.Model], seed: int, epoch: int) -> None:
    """Set every random generator inside of models (dropout, augmentation) to where an epoch begins.

    Args:
        models: whose layers draw random numbers; a generator that two of them share is set once.
        seed: of the run.
        epoch: from 0.
    """
    for number, state in enumerate(_states(models)):
        drawn = np.random.SeedSequence((seed, epoch, number)).generate_state(state.shape[0])
        # 31 bits fit every type that Keras keeps these states in.
        state.assign((drawn >> 1).astype(state.dtype))


def _states(models: Iterable[keras.Model]) -> list[Any]:
    found: dict[int, Any] = {}
    for model in models:
        for variable in model.variables:
            if variable.path.endswith("seed_generator_state"):
                found.setdefault(id(variable), variable)
    return list(found.values())
