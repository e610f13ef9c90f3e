"""An ascent, traced: one step, one evaluation, one gradient, for batches of any length."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from shared.errors import InvalidSpec, message
from worker.ascent.modes import Mode
from worker.ascent.objectives import Objective
from worker.ascent.regularizers import penalty
from worker.ascent.relu_redirect import redirect_relus
from worker.ascent.watching import LOGITS, LayerOutputs, ascent_head, watch
from worker.networks.heads import Head
from worker.networks.models import LoadedModel
from worker.networks.precision import set_precision
from worker.networks.preprocessing import preprocess
from worker.networks.tracing import trace_function

# In float16 a gradient below 6e-8 is zero; the factor is divided out again.
OBJECTIVE_SCALE = {"float32": 1.0, "bfloat16": 1.0, "float16": 1024.0}
# A traced function holds no activations, only its graph: some megabytes for a network of 300 layers.
KEPT = 4


@dataclass
class Ascent:
    """A compiled ascent of one objective on one model, from compile_ascent().

    Pictures and numbers go in as tensors of any batch length, so neither batch nor channel traces anew.

    Attributes:
        model, objective, mode, precision: what it was compiled for.
        head: the output whose logits the objective asks for; None where it does not.
    """

    model: LoadedModel
    objective: Objective
    mode: Mode
    precision: str
    head: Head | None = None
    _traced: dict[str, Any] = field(default_factory=dict, repr=False)

    def step(self, variables: Any, state: Any, numbers: Any, draws: Any, count: Any, size: Any) -> tuple[Any, ...]:
        """One step up.

        Args:
            variables: of the parameterization, (batch, ...).
            state: of the optimizer.
            numbers: name to tensor, the batch first.
            draws: float32 (batch, draws) for the transform.
            count: float32 scalar, number of the step, from 1.
            size: float32 scalar, step size.

        Returns:
            variables and state after the step, the objective before it (batch,), reports by name before it, and
            whether no gradient reached the picture, bool (batch,).
        """
        return self._function("step")(variables, state, numbers, draws, count, size)

    def helped_step(
        self, variables: Any, state: Any, numbers: Any, draws: Any, count: Any, size: Any, helped: Any
    ) -> Any:
        """The same with ReLUs that redirect the gradient of the pictures in `helped`, bool (batch,)."""
        return self._function("helped_step")(variables, state, numbers, draws, count, size, helped)

    def evaluate(self, variables: Any, numbers: Any) -> tuple[Any, Any]:
        """Objective (batch,) and reports by name of the pictures as they are, without a transform."""
        return self._function("evaluate")(variables, numbers)

    def gradient(self, pictures: Any, numbers: Any) -> tuple[Any, Any]:
        """Objective (batch,) of pictures, and its gradient, float32 like the pictures; no transform, no regularizer."""
        return self._function("gradient")(pictures, numbers)

    @property
    def bytes_per_picture(self) -> int:
        """Bytes that one picture of a batch takes, at most: what a step computes with a free first axis."""
        return self.mode.transform.views * _bytes_a_row(self._function("step"))

    def numbers(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Numbers as tensors of the types that the objective asks for."""
        return {name: tf.constant(given[name], spec.dtype) for name, spec in self.objective.numbers.items()}

    def _function(self, name: str) -> Any:
        if name not in self._traced:
            set_precision(self.model.network, self.precision)
            self._traced[name] = trace_function(getattr(self, f"_{name}"), *self._signature(name))
        return self._traced[name]

    def _signature(self, name: str) -> tuple[Any, ...]:
        mode, numbers = self.mode, dict(self.objective.numbers)
        variables = mode.parameterization.signature
        if name == "evaluate":
            return variables, numbers
        if name == "gradient":
            return tf.TensorSpec([None, None, None, mode.parameterization.channels], tf.float32), numbers
        number = tf.TensorSpec([], tf.float32)
        draws = tf.TensorSpec([None, mode.transform.draws], tf.float32)
        common = variables, (variables,) * mode.optimizer.remembered, numbers, draws, number, number
        return common if name == "step" else (*common, tf.TensorSpec([None], tf.bool))

    def _seen(self, pictures: Any, numbers: Any, images: Any = None) -> LayerOutputs:
        objective, model = self.objective, self.model
        ready = preprocess(pictures, model.preprocess)
        return watch(model.network, objective.whole, objective.chosen, ready, numbers, images, self.head)

    def _judged(self, pictures: Any, numbers: Any, draws: Any) -> tuple[Any, Any]:
        """Objective and reports of transformed pictures, the mean over each picture's views."""
        transform = self.mode.transform
        moved = transform.apply(pictures, draws)
        images = tf.repeat(tf.range(tf.shape(pictures)[0]), transform.views)
        seen = self._seen(moved, {k: tf.repeat(v, transform.views, axis=0) for k, v in numbers.items()}, images)
        return self._responses(seen, transform.views)

    def _responses(self, seen: LayerOutputs, views: int = 1) -> tuple[Any, Any]:
        def mean(values: Any) -> Any:
            return tf.reduce_mean(tf.reshape(values, [-1, views]), axis=1)

        reports = {name: mean(report(seen)) for name, report in self.objective.reports.items()}
        return mean(self.objective.value(seen)), reports

    def _step(self, variables: Any, state: Any, numbers: Any, draws: Any, count: Any, size: Any) -> tuple[Any, ...]:
        mode, scale = self.mode, OBJECTIVE_SCALE[self.precision]
        with tf.GradientTape() as tape:
            tape.watch(variables)
            pictures = mode.parameterization.pictures(variables)
            value, reports = self._judged(pictures, numbers, draws)
            total = tf.reduce_sum(value - penalty(pictures, mode.regularizers)) * scale
        gradient = self._found(tape.gradient(total, variables)) / scale
        change, state = mode.optimizer.rule(state, gradient, count, size)
        axes = tuple(range(1, len(gradient.shape)))
        return variables + change, state, value, reports, tf.logical_not(tf.reduce_any(gradient != 0, axis=axes))

    def _helped_step(
        self, variables: Any, state: Any, numbers: Any, draws: Any, count: Any, size: Any, helped: Any
    ) -> tuple[Any, ...]:
        with redirect_relus(self.model.network, tf.repeat(helped, self.mode.transform.views)):
            return self._step(variables, state, numbers, draws, count, size)

    def _evaluate(self, variables: Any, numbers: Any) -> tuple[Any, Any]:
        return self._responses(self._seen(self.mode.parameterization.pictures(variables), numbers))

    def _gradient(self, pictures: Any, numbers: Any) -> tuple[Any, Any]:
        scale = OBJECTIVE_SCALE[self.precision]
        with tf.GradientTape() as tape:
            tape.watch(pictures)
            value, _ = self._responses(self._seen(pictures, numbers))
            total = tf.reduce_sum(value) * scale
        return value, self._found(tape.gradient(total, pictures)) / scale

    def _found(self, gradient: Any) -> Any:
        if gradient is not None:
            return gradient
        raise InvalidSpec(
            message("an objective with a gradient to the picture", self.objective.name,
                    "Choose another layer: this one passes no gradient on (rounding, a comparison, an index).")
        )  # fmt: skip


def compile_ascent(
    model: LoadedModel, objective: Objective, mode: Mode, precision: str = "float32", output: str = ""
) -> Ascent:
    """A compiled ascent, from the model's cache or traced now.

    Args:
        model: whose layers are maximised; its weights stay as they are, and nothing behind the last layer is run.
        objective: see worker.ascent.objectives.
        mode: see worker.ascent.modes; its parameterization says the size.
        precision: float32, bfloat16 or float16; weights and pictures stay float32.
        output: name of the output whose logits are asked for; "" means the first that can be explained.

    Raises:
        UnknownLayer: there is no such layer, or pictures of this size do not reach it.
        InvalidSpec: the model has no head and the objective asks for logits, or no gradient reaches the picture.
    """

    def compiled() -> Ascent:
        size = mode.parameterization.size
        head = ascent_head(model, size, output) if LOGITS in objective.whole else None
        ascent = Ascent(model, objective, mode, precision, head)
        for function in ("step", "evaluate"):  # any ascent needs both, and tracing in its middle would be silence
            ascent._function(function)
        return ascent

    return model.trace_once("ascent", (objective.name, mode.identity, precision, output), compiled, KEPT)


def _bytes_a_row(traced: Any) -> int:
    """Sum over what the traced results need and is computed with a free first axis, forward and backward."""
    todo = [tensor.op for tensor in traced.graph.outputs]
    needed: dict[str, Any] = {}
    while todo:
        operation = todo.pop()
        if operation.name not in needed:
            needed[operation.name] = operation
            todo += [tensor.op for tensor in operation.inputs]
    return sum(_row_bytes(tensor) for operation in needed.values() for tensor in operation.outputs)


def _row_bytes(tensor: Any) -> int:
    shape = tensor.shape
    if shape.rank != 4 or shape[0] is not None or not all(shape[1:]):
        return 0
    return int(np.prod(shape[1:])) * int(tensor.dtype.size)
