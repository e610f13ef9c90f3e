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

from shared.errors import NotFinite, message
from worker.attribution.explained import INPUT, ExplainedModel
from worker.attribution.guided_relu import guide_relus
from worker.attribution.region import Region, region_of
from worker.attribution.watched_gradients import nearest_first, slope_at
from worker.networks.head_values import run_heads
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
        probabilities: float32 (output); of numbers those, as they are and then negated.
        ranks: int (output), 1 for the likeliest; of a mask for the one that takes most of the picture.
        classes: int32 (class), the outputs that gradients are of.
        activations: path to float32 (height, width, channel).
        gradients: path to float32 (class, height, width, channel), of each class's logit.
        calls: path to how often the layer ran.
    """

    logits: np.ndarray
    probabilities: np.ndarray
    ranks: np.ndarray
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
        self.region: Region | None = None
        self._weights_of_region: Any = tf.zeros([1, 1, 1])

    def find_region(self, picture: np.ndarray, asked: str, weights: Weights = ()) -> Region | None:
        """Settle over which positions of a mask classes are explained; None where the output has none.

        Args:
            picture: float32 (height, width, channel) in [0, 1].
            asked: see region_of().
            weights: as for forward().

        Raises:
            InvalidSpec: the region lies outside of the picture.
        """
        if self.explained.head.mask is None:
            return None
        _, probabilities = self.scores(picture, weights)
        self.region = region_of(asked, self.explained.head, probabilities, picture.shape[:2])
        self._weights_of_region = tf.constant(self.region.weights)
        return self.region

    def scores(self, picture: np.ndarray, weights: Weights = ()) -> tuple[np.ndarray, np.ndarray]:
        """Logits and probabilities of a mask, float32 (height, width, output) each; arguments as for find_region()."""
        logits, probabilities = self._kept("scores")(tf.constant(picture[None]), list(weights))
        return np.asarray(logits[0]), np.asarray(probabilities[0])

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
        if self.region:
            classes = [self.region.order[-c - 1] if c < 0 else c for c in classes]
        logits, probabilities, ranked, numbers, seen, slopes = function(
            tf.constant(picture[None]), _ints(classes), self._weights_of_region, list(weights)
        )
        ranks = np.argsort(self.region.order if self.region else np.asarray(ranked)) + 1
        result = ForwardResult(
            np.asarray(logits), np.asarray(probabilities), ranks, np.asarray(numbers),
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
        return function(
            tf.convert_to_tensor(pictures), _ints(classes), tf.constant(shares, tf.float32), self._weights_of_region,
            list(weights),
        )  # fmt: skip

    def outputs(self, inputs: Any, weights: Weights = ()) -> tuple[np.ndarray, np.ndarray]:
        """Logits and probabilities, float32 (picture, output), of a batch.

        Args:
            inputs: float32 (picture, height, width, channel), preprocessed already.
            weights: as for forward().
        """
        logits, probabilities = self._kept("outputs")(
            tf.convert_to_tensor(inputs), self._weights_of_region, list(weights)
        )
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
            "scores": self._trace_scores,
        }

        def trace() -> Any:
            set_precision(self.explained.model.network, "float32")
            return tracers[name]()

        paths = self.paths if name == "forward" else ()
        key = (name, paths, self.explained.size, self.explained.head.name, bool(self.variables))
        return self.explained.model.trace_once("attribution", key, trace, KEPT_PASSES)

    def _trace_forward(self) -> Any:
        counts: dict[str, int] = {}

        def forward(pictures: Any, classes: Any, region: Any, weights: Any) -> Any:
            with tf.GradientTape(persistent=True) as tape, self._lent(weights):
                tape.watch(pictures)
                (logits, probabilities), calls = self._run(self.prepare(pictures), self.paths, region)
                ranked = _ranked(logits[0], probabilities[0])
                numbers = tf.where(classes < 0, tf.gather(ranked, tf.maximum(-classes - 1, 0)), classes)
                explained = tf.gather(logits[0], numbers)
            found = {p: calls[p.removesuffix(INPUT)] for p in self.paths}
            counts.update({p: len(found[p]) for p in self.paths})
            tensors = {p: [c.input if p.endswith(INPUT) else c.output for c in found[p]] for p in self.paths}
            pairs = [slope_at(tape, explained, nearest_first(tensors[p], pictures), p) for p in self.paths]
            return logits[0], probabilities[0], ranked, numbers, [a[0] for a, _ in pairs], [g[:, 0] for _, g in pairs]

        function = self._concrete(forward, [1], tf.TensorSpec([None], tf.int32))
        return function, counts

    def _trace_slopes(self, watched: AbstractContextManager[Any]) -> Any:
        def slopes(pictures: Any, classes: Any, shares: Any, region: Any, weights: Any) -> Any:
            with tf.GradientTape(persistent=True) as tape, self._lent(weights), watched:
                tape.watch(pictures)
                logits = self._run(self.prepare(pictures), (), region)[0][0]
                explained = tf.reduce_sum(tf.gather(logits, classes, axis=1), 0)
            slope = tape.jacobian(explained, pictures, experimental_use_pfor=False)
            return logits, tf.einsum("cnhwk,n->chwk", slope, shares)

        return self._concrete(slopes, [None], tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], tf.float32))

    def _trace_one_slope(self, watched: AbstractContextManager[Any]) -> Any:
        """The same for one class, without the loop over classes that a jacobian is."""

        def slopes(pictures: Any, classes: Any, shares: Any, region: Any, weights: Any) -> Any:
            with tf.GradientTape() as tape, self._lent(weights), watched:
                tape.watch(pictures)
                logits = self._run(self.prepare(pictures), (), region)[0][0]
                explained = tf.reduce_sum(tf.gather(logits, classes, axis=1)[:, 0] * shares)
            return logits, tf.reduce_sum(tape.gradient(explained, pictures), axis=0)[None]

        return self._concrete(slopes, [None], tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], tf.float32))

    def _trace_outputs(self) -> Any:
        def outputs(inputs: Any, region: Any, weights: Any) -> Any:
            with self._lent(weights):
                return self._run(inputs, (), region)[0]

        return self._concrete(outputs, [None])

    def _trace_scores(self) -> Any:
        """What a mask's output says at each position."""

        def scores(pictures: Any, weights: Any) -> Any:
            with self._lent(weights):
                return run_heads(self.explained.model.network, [self.explained.head], self.prepare(pictures))[0][0]

        return trace_function(scores, self._picture_spec([1]), self._weight_specs())

    def _concrete(self, function: Any, batch: list[int | None], *others: Any) -> Any:
        region = tf.TensorSpec([None, None, None], tf.float32)
        return trace_function(function, self._picture_spec(batch), *others, region, self._weight_specs())

    def _picture_spec(self, batch: list[int | None]) -> Any:
        return tf.TensorSpec([*batch, *self.explained.size, self.explained.model.input_channels], tf.float32)

    def _weight_specs(self) -> list[Any]:
        return [tf.TensorSpec(v.shape, v.dtype) for v in self.variables]

    def _lent(self, weights: Weights) -> AbstractContextManager[Any]:
        if not self.variables:
            return nullcontext()
        return keras.StatelessScope(state_mapping=list(zip(self.variables, weights, strict=True)))

    def _run(self, inputs: Any, paths: Sequence[str], region: Any) -> tuple[tuple[Any, Any], Any]:
        """Logits and probabilities, (picture, output), and the calls of layers; see head_values()."""
        watched = [path.removesuffix(INPUT) for path in paths]
        said, calls = run_heads(self.explained.model.network, [self.explained.head], inputs, watched)
        if self.explained.head.mask is None:
            return said[0], calls
        logits, probabilities = (tf.einsum("nhwc,hwc->nc", one, region) for one in said[0])
        return (logits, probabilities), calls


def _ranked(logits: Any, probabilities: Any) -> Any:
    """Numbers of the classes, the likeliest first; by the logit where probabilities round to the same."""
    by_logit = tf.argsort(logits, direction="DESCENDING", stable=True)
    return tf.gather(by_logit, tf.argsort(tf.gather(probabilities, by_logit), direction="DESCENDING", stable=True))


def _ints(numbers: Sequence[int]) -> Any:
    return tf.constant(np.asarray(numbers, np.int32))


def _finite(result: ForwardResult) -> ForwardResult:
    if not np.isfinite(result.logits).all():
        raise NotFinite(
            message("finite logits", "NaN or infinity", "The picture's values may be scaled for another network; "
                    "choose the right preprocessing under Models (in a terminal: `convscope models add --preprocess`).")
        )  # fmt: skip
    return result
