"""Trace a network with other ReLUs: the same values, another gradient. The network is, afterwards, as it was."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras

from worker.networks.capture import swap_attributes, walk

# From values and the ceiling (6 for ReLU6, None for ReLU) to values.
Relu = Callable[[Any, float | None], Any]


@contextmanager
def swapped_relus(network: keras.Model, relu: Relu) -> Iterator[int]:
    """Within the block, every ReLU and ReLU6 is another function; activations without dead zones are left alone.

    Args:
        network: any model.
        relu: what stands in for them.

    Yields:
        How many layers were changed.
    """
    changes = [(layer, name, other) for _, layer in walk(network) for name, other in _changes(layer, relu).items()]
    with swap_attributes(changes):
        yield len(changes)


def _changes(layer: keras.layers.Layer, relu: Relu) -> dict[str, Any]:
    """Attributes of a layer that stand in for its own."""
    if isinstance(layer, keras.layers.ReLU):
        if layer.negative_slope == 0 and layer.threshold == 0:
            return {"call": _standing_in(layer.call, relu, None if layer.max_value is None else float(layer.max_value))}
        return {}
    name = getattr(getattr(layer, "activation", None), "__name__", "")
    if name in ("relu", "relu6") and "activation" in layer.__dict__:
        return {"activation": _standing_in(layer.activation, relu, 6.0 if name == "relu6" else None)}
    return {}


def _standing_in(function: Callable[..., Any], relu: Relu, ceiling: float | None) -> Callable[..., Any]:
    @functools.wraps(function)
    def standing_in(x: Any, *_: Any, **__: Any) -> Any:
        return relu(x, ceiling)

    return standing_in
