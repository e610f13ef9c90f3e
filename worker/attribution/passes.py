"""Passes through an explained model, each traced once a model, layers and picture size; classes are tensors.

A pass may be given other weights than the model's own: they are lent to it for its duration (keras.StatelessScope),
so the warm model is never written to, whatever happens in between.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from shared.errors import InvalidSpec, NotFinite, message
from worker.attribution.explained import INPUT, ExplainedModel
from worker.attribution.guided_relu import guide_relus
from worker.networks.capture import every_call
from worker.networks.logits import logits_of, probabilities_of
from worker.networks.precision import set_precision
from worker.networks.preprocessing import preprocess
from worker.networks.tracing import trace_function

# Functions kept a model: a graph takes some megabytes.
KEPT_PASSES = 6
Weights = Sequence[Any]


@dataclass(frozen=True)
class ForwardResult:
    """What one pass through the network saw.

    Attributes:
        logits: float32 (output), before softmax or sigmoid.
        probabilities: float32 (output).
        classes: int32 (class), the outputs that gradients are of.
        activations: path to float32 (height, width, channel).
        gradients: path to float32 (class, height, width, channel), of each class's logit.
        calls: path to how often the layer ran.
    """

    logits: np.ndarray
    probabilities: np.ndarray
    classes: np.ndarray
    activations: Mapping[str, np.ndarray]
    gradients: Mapping[str, np.ndarray]
    calls: Mapping[str, int]


class CompiledPasses:
    """What heat maps run of a model: forward passes, gradients at the pixels, outputs of a batch."""

    def __init__(self, explained: ExplainedModel, paths: Sequence[str], lent: bool = False) -> None:
        """Name the layers that forward() watches.

        Args:
            explained: the model.
            paths: of layers; none where only its outputs or its pixels matter.
            lent: whether every pass is given weights.
        """
        self.explained = explained
        self.paths = tuple(paths)
        self.variables = list(explained.model.network.variables) if lent else []

    def forward(self, picture: np.ndarray, classes: Sequence[int], weights: Weights = ()) -> ForwardResult:
        """Logits, activations and their gradients, in one forward pass for all classes.

        Args:
            picture: float32 (height, width, channel) in [0, 1].
            classes: numbers of outputs; −1 stands for the likeliest one, −2 for the second, ...
            weights: in the order of the model's variables, where the passes are lent some.

        Raises:
            NotFinite: the logits are not numbers.
            InvalidSpec: the logits do not depend on a layer.
        """
        function, calls = self._kept("forward")
        logits, probabilities, numbers, seen, slopes = function(
            tf.constant(picture[None]), _ints(classes), list(weights)
        )
        result = ForwardResult(
            np.asarray(logits), np.asarray(probabilities), np.asarray(numbers),
            {p: np.asarray(a) for p, a in zip(self.paths, seen, strict=True)},
            {p: np.asarray(g) for p, g in zip(self.paths, slopes, strict=True)}, calls,
        )  # fmt: skip
        return _finite(result)

    def slopes(self, pictures: Any, classes: Sequence[int], shares: Any, weights: Weights = ()) -> tuple[Any, Any]:
        """A weighted sum over pictures of the gradient of each class's logit.

        Args:
            pictures: float32 (picture, height, width, channel) in [0, 1].
            classes: numbers of outputs.
            shares: float32 (picture), their weights in the sum.
            weights: as for forward().

        Returns:
            Logits float32 (picture, output), and the sum, float32 (class, height, width, channel).
        """
        return self._slopes("slopes", pictures, classes, shares, weights)

    def guided_slopes(self, picture: Any, classes: Sequence[int], weights: Weights = ()) -> Any:
        """slopes() of one picture with ReLUs that pass positive gradients only; float32 (class, ...)."""
        return self._slopes("guided slopes", picture[None], classes, [1.0], weights)[1]

    def _slopes(self, name: str, pictures: Any, classes: Sequence[int], shares: Any, weights: Weights) -> Any:
        function = self._kept(f"{name}, one class" if len(classes) == 1 else name)
        return function(tf.convert_to_tensor(pictures), _ints(classes), tf.constant(shares, tf.float32), list(weights))

    def outputs(self, inputs: Any, weights: Weights = ()) -> tuple[np.ndarray, np.ndarray]:
        """Logits and probabilities, float32 (picture, output), of a batch.

        Args:
            inputs: float32 (picture, height, width, channel), preprocessed already.
            weights: as for forward().
        """
        logits, probabilities = self._kept("outputs")(tf.convert_to_tensor(inputs), list(weights))
        return np.asarray(logits), np.asarray(probabilities)

    def prepare(self, pictures: Any) -> Any:
        """Pictures in [0, 1] as the network takes them."""
        return preprocess(tf.convert_to_tensor(pictures, tf.float32), self.explained.model.preprocess)

    def trace(self, names: Sequence[str], classes: int) -> None:
        """Trace passes before they are needed: "forward", "slopes", "guided slopes", "outputs".

        Args:
            names: of the passes.
            classes: of how many classes slopes will be asked for.
        """
        for name in names:
            self._kept(f"{name}, one class" if classes == 1 and name.endswith("slopes") else name)

    def _kept(self, name: str) -> Any:
        tracers: dict[str, Callable[[], Any]] = {
            "forward": self._trace_forward,
            "slopes": lambda: self._trace_slopes(nullcontext()),
            "slopes, one class": lambda: self._trace_one_slope(nullcontext()),
            "guided slopes": lambda: self._trace_slopes(guide_relus(self.explained.model.network)),
            "guided slopes, one class": lambda: self._trace_one_slope(guide_relus(self.explained.model.network)),
            "outputs": self._trace_outputs,
        }

        def trace() -> Any:
            set_precision(self.explained.model.network, "float32")
            return tracers[name]()

        paths = self.paths if name == "forward" else ()
        key = (name, paths, self.explained.size, bool(self.variables))
        return self.explained.model.trace_once("attribution", key, trace, KEPT_PASSES)

    def _trace_forward(self) -> Any:
        counts: dict[str, int] = {}

        def forward(pictures: Any, classes: Any, weights: Any) -> Any:
            with tf.GradientTape(persistent=True) as tape, self._lent(weights):
                tape.watch(pictures)
                calls = self._calls(self.prepare(pictures), self.paths)
                logits, probabilities = self._outputs(calls)
                ranked = tf.argsort(logits[0], direction="DESCENDING", stable=True)
                numbers = tf.where(classes < 0, tf.gather(ranked, tf.maximum(-classes - 1, 0)), classes)
                explained = tf.gather(logits[0], numbers)
            found = {p: calls[p.removesuffix(INPUT)] for p in self.paths}
            counts.update({p: len(found[p]) for p in self.paths})
            tensors = {p: [c.input if p.endswith(INPUT) else c.output for c in found[p]] for p in self.paths}
            pairs = [_slope(tape, explained, _nearest_first(tensors[p], pictures), p) for p in self.paths]
            return logits[0], probabilities[0], numbers, [a[0] for a, _ in pairs], [g[:, 0] for _, g in pairs]

        function = self._concrete(forward, [1], tf.TensorSpec([None], tf.int32))
        return function, counts

    def _trace_slopes(self, watched: AbstractContextManager[Any]) -> Any:
        def slopes(pictures: Any, classes: Any, shares: Any, weights: Any) -> Any:
            with tf.GradientTape(persistent=True) as tape, self._lent(weights), watched:
                tape.watch(pictures)
                logits, _ = self._outputs(self._calls(self.prepare(pictures), ()))
                explained = tf.reduce_sum(tf.gather(logits, classes, axis=1), 0)
            slope = tape.jacobian(explained, pictures, experimental_use_pfor=False)
            return logits, tf.einsum("cnhwk,n->chwk", slope, shares)

        return self._concrete(slopes, [None], tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], tf.float32))

    def _trace_one_slope(self, watched: AbstractContextManager[Any]) -> Any:
        """The same for one class, without the loop over classes that a jacobian is."""

        def slopes(pictures: Any, classes: Any, shares: Any, weights: Any) -> Any:
            with tf.GradientTape() as tape, self._lent(weights), watched:
                tape.watch(pictures)
                logits, _ = self._outputs(self._calls(self.prepare(pictures), ()))
                explained = tf.reduce_sum(tf.gather(logits, classes, axis=1)[:, 0] * shares)
            return logits, tf.reduce_sum(tape.gradient(explained, pictures), axis=0)[None]

        return self._concrete(slopes, [None], tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], tf.float32))

    def _trace_outputs(self) -> Any:
        def outputs(inputs: Any, weights: Any) -> Any:
            with self._lent(weights):
                return self._outputs(self._calls(inputs, ()))

        return self._concrete(outputs, [None])

    def _concrete(self, function: Any, batch: list[int | None], *others: Any) -> Any:
        shape = [*batch, *self.explained.size, self.explained.model.input_channels]
        weights = [tf.TensorSpec(v.shape, v.dtype) for v in self.variables]
        return trace_function(function, tf.TensorSpec(shape, tf.float32), *others, weights)

    def _lent(self, weights: Weights) -> AbstractContextManager[Any]:
        if not self.variables:
            return nullcontext()
        return keras.StatelessScope(state_mapping=list(zip(self.variables, weights, strict=True)))

    def _calls(self, inputs: Any, paths: Sequence[str]) -> Any:
        watched = list(dict.fromkeys([*(p.removesuffix(INPUT) for p in paths), self.explained.head.path]))
        return every_call(self.explained.model.network, watched, inputs)

    def _outputs(self, calls: Any) -> tuple[Any, Any]:
        """Logits and probabilities, (picture, output); one unit stands for two classes."""
        head = self.explained.head
        logits = logits_of(head.layer, calls[head.path][0])
        probabilities = probabilities_of(head.layer, logits)
        if self.explained.ending != "binary":
            return logits, probabilities
        return tf.concat([-logits, logits], 1), tf.concat([1 - probabilities, probabilities], 1)


def _nearest_first(tensors: list[Any], pictures: Any) -> list[Any]:
    """What a layer that runs several times gave, that first which the fewest operations part from the picture.

    A backbone may also meet the picture mirrored or cut, and may do so before it meets the picture itself: only the
    map of the latter lies where the picture does.
    """
    if len(tensors) == 1:
        return tensors
    return sorted(tensors, key=lambda tensor: _operations_between(pictures, tensor))


def _operations_between(start: Any, end: Any) -> int:
    """Operations on the shortest way from one tensor of a traced function to another; all of them where none leads."""
    steps, front, seen = 0, {end.op}, {end.op}
    while front and start.op not in front:
        front = {given.op for op in front for given in op.inputs} - seen
        seen |= front
        steps += 1
    return steps if front else len(end.graph.get_operations())


def _slope(tape: tf.GradientTape, explained: Any, outputs: list[Any], path: str) -> tuple[Any, Any]:
    """The first of a layer's outputs that the logits depend on, and the gradients at it."""
    for output in outputs:
        slope = tape.jacobian(explained, output, experimental_use_pfor=False)
        if slope is not None:
            return tf.cast(output, tf.float32), tf.cast(slope, tf.float32)
    raise InvalidSpec(
        message("a layer that the model's outputs depend on", path, "Choose a layer on the way to the head.")
    )


def _ints(numbers: Sequence[int]) -> Any:
    return tf.constant(np.asarray(numbers, np.int32))


def _finite(result: ForwardResult) -> ForwardResult:
    if not np.isfinite(result.logits).all():
        raise NotFinite(
            message("finite logits", "NaN or infinity", "The picture's values may be scaled for another network; "
                    "name the right way with `convscope models add --preprocess`.")
        )  # fmt: skip
    return result
