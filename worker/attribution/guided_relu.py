"""ReLUs that let only positive gradients back through where their input is positive (Springenberg et al., 2014)."""

from contextlib import AbstractContextManager
from typing import Any

import keras
import tensorflow as tf

from worker.networks.relu_swap import find_relus, swapped_relus

# Layers that are named in a warning.
NAMED = 5


def guide_relus(network: keras.Model) -> AbstractContextManager[int]:
    """Within the block, trace a network with guided ReLUs; its values stay the same."""
    return swapped_relus(network, guided_relu)


def guided_at(network: keras.Model) -> tuple[int, str]:
    """How many ReLUs guide_relus() would change, and what to say where that may not be all of them; "" where it is."""
    found = find_relus(network)
    if not found.count:
        return 0, "No ReLU was found in this network, so this is the plain gradient."
    if found.unknown:
        names = ", ".join(found.unknown[:NAMED]) + (", ..." if len(found.unknown) > NAMED else "")
        return found.count, f"A ReLU inside {names} would not be found: there the gradient is the plain one."
    return found.count, ""


def guided_relu(values: Any, ceiling: float | None = None) -> Any:
    """ReLU whose gradient is dropped where it or the input is negative (or the input above a ceiling).

    Args:
        values: float, any shape.
        ceiling: 6 for ReLU6, None for ReLU.
    """

    @tf.custom_gradient
    def relu(x: Any) -> Any:
        open_ = x > 0 if ceiling is None else (x > 0) & (x < tf.cast(ceiling, x.dtype))

        def gradient(upstream: Any) -> Any:
            return tf.where(open_, tf.nn.relu(upstream), tf.zeros_like(upstream))

        shown = tf.nn.relu(x)
        return shown if ceiling is None else tf.minimum(shown, tf.cast(ceiling, x.dtype)), gradient

    return relu(values)
