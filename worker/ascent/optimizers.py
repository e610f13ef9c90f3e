"""How a gradient becomes a step upwards. State is kept as tensors with the picture on the first axis, so that a
picture's way does not depend on its company."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf

# state, gradient, number of the step (from 1), step size -> change, new state
Rule = Callable[[Any, Any, Any, Any], tuple[Any, Any]]


@dataclass(frozen=True)
class Optimizer:
    """A rule and how many tensors of the variables' shape it remembers."""

    name: str
    remembered: int
    rule: Rule = field(compare=False)

    def begin(self, variables: Any) -> tuple[Any, ...]:
        """The state before the first step: zeros."""
        return tuple(tf.zeros_like(variables) for _ in range(self.remembered))


def normalise(gradient: Any) -> Any:
    """Each picture's gradient over its own root mean square; zero stays zero."""
    axes = tuple(range(1, len(gradient.shape)))
    mean_square = tf.reduce_mean(tf.square(gradient), axis=axes, keepdims=True)
    # Asked the other way round, "> 0", NaN would count as no gradient and never be seen.
    return tf.where(mean_square == 0, 0.0, gradient * tf.math.rsqrt(mean_square))


def normalised_step(momentum: float = 0.0) -> Optimizer:
    """The gradient over its root mean square, times the step size; with momentum, a running mean of such.

    Chollet, "How convolutional neural networks see the world", 2016.
    """

    def rule(state: Any, gradient: Any, number: Any, size: Any) -> tuple[Any, Any]:
        if momentum == 0:
            return size * normalise(gradient), ()
        velocity = momentum * state[0] + normalise(gradient)
        return size * (1 - momentum) * velocity, (velocity,)

    return Optimizer(f"normalised({momentum})", int(momentum > 0), rule)


def adam(first: float = 0.9, second: float = 0.999, epsilon: float = 1e-8) -> Optimizer:
    """Kingma, Ba, "Adam: A Method for Stochastic Optimization", 2015, upwards."""

    def rule(state: Any, gradient: Any, number: Any, size: Any) -> tuple[Any, Any]:
        mean = first * state[0] + (1 - first) * gradient
        square = second * state[1] + (1 - second) * tf.square(gradient)
        unbiased = mean / (1 - first**number)
        spread = tf.sqrt(square / (1 - second**number)) + epsilon
        return size * unbiased / spread, (mean, square)

    return Optimizer(f"adam({first}, {second})", 2, rule)


def nadam(first: float = 0.9, second: float = 0.999, epsilon: float = 1e-7) -> Optimizer:
    """Dozat, "Incorporating Nesterov Momentum into Adam", 2016, upwards, without a momentum schedule."""

    def rule(state: Any, gradient: Any, number: Any, size: Any) -> tuple[Any, Any]:
        mean = first * state[0] + (1 - first) * gradient
        square = second * state[1] + (1 - second) * tf.square(gradient)
        ahead = first * mean / (1 - first ** (number + 1)) + (1 - first) * gradient / (1 - first**number)
        spread = tf.sqrt(square / (1 - second**number)) + epsilon
        return size * ahead / spread, (mean, square)

    return Optimizer(f"nadam({first}, {second})", 2, rule)
