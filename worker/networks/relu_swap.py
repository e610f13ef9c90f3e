"""Trace a network with other ReLUs: the same values, another gradient. The network is, afterwards, as it was."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras

from worker.networks.activation_names import Relu, activation_name, as_relu
from worker.networks.capture import operations, swap_attributes, walk
from worker.networks.tried_window import is_own

# From values and the ceiling (6 for ReLU6, None for ReLU) to values.
ReluFunction = Callable[[Any, float | None], Any]


@dataclass(frozen=True)
class FoundRelus:
    """The ReLUs of a network.

    Attributes:
        count: of layers and operations that are one or end with one.
        unknown: names of those that may hold one where nobody can see it: layers that are not Keras's own, functions
            that Keras has not, choices between values (keras.ops.where).
    """

    count: int
    unknown: tuple[str, ...]


def find_relus(network: keras.Model) -> FoundRelus:
    """How many ReLUs swapped_relus() would find, and where there might be others."""
    everything = list(_everything(network))
    count = sum(len(_places(one)) for one in everything)
    return FoundRelus(count, tuple(one.name for one in everything if _may_hide_one(one)))


@contextmanager
def swapped_relus(network: keras.Model, relu: ReluFunction) -> Iterator[int]:
    """Within the block, every ReLU and ReLU6 is another function, however it is written; other activations stay.

    Args:
        network: any model.
        relu: what stands in for them.

    Yields:
        How many layers and operations were changed.
    """
    changes = [
        (thing, name, _standing_in(relu, found))
        for thing in _everything(network) for name, found in _places(thing).items()
    ]  # fmt: skip
    with swap_attributes(changes):
        yield len(changes)


def _everything(network: keras.Model) -> Iterator[keras.Operation]:
    """Layers and operations, each once: a layer may lie at several paths."""
    seen: dict[int, keras.Operation] = {}
    for one in (*(layer for _, layer in walk(network)), *operations(network)):
        seen.setdefault(id(one), one)
    yield from seen.values()


def _places(thing: keras.Operation) -> dict[str, Relu]:
    """Attributes of a layer or an operation that are a ReLU: its activation, or all that it does."""
    if isinstance(thing, keras.Layer) and "activation" in thing.__dict__:
        found = as_relu(thing.__dict__["activation"])
        return {"activation": found} if found else {}
    found = as_relu(thing)
    return {"call": found} if found else {}


def _may_hide_one(thing: keras.Operation) -> bool:
    if isinstance(thing, keras.Layer) and is_own(thing):
        return True
    if isinstance(thing, keras.Layer):
        return bool(thing.__dict__.get("activation")) and not activation_name(thing) and not _places(thing)
    return type(thing).__name__ == "Where"


def _standing_in(function: ReluFunction, relu: Relu) -> Callable[..., Any]:
    def standing_in(*given: Any, **_: Any) -> Any:
        return function(given[relu.place], relu.ceiling)

    # So that it is still known for what it is.
    standing_in.__name__ = "relu6" if relu.ceiling == 6 else "relu"
    return standing_in
