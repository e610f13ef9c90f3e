"""Trace TensorFlow functions, once, and without keeping their graphs for ever.

TensorFlow registers every custom gradient that it meets while tracing, its own (tf.nn.silu) as well as ours, under a
new name, and never takes one back. Each holds the graph that it was traced in, with the constants in it, so a worker
that traces for weeks would grow for weeks. What is traced here has its gradients worked out already, and nobody
differentiates through it again, so the names are not needed any more.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

import tensorflow as tf
from tensorflow.python.framework import ops  # there is no public way to take a gradient back

from worker.networks.load_limits import within_time

Value = TypeVar("Value")


def trace_function(function: Callable[..., Any], *signature: Any) -> Any:
    """The concrete function of a Python function.

    Args:
        function: of tensors; gradients that it needs are taken inside.
        signature: TensorSpecs, nested as its arguments are.
    """
    with forgotten_gradients(), within_time():
        return tf.function(function, autograph=False).get_concrete_function(*signature)


def tracing(function: Callable[..., Any]) -> Callable[..., Any]:
    """A tf.function that traces when it is called, and forgets what that registered."""

    @wraps(function)
    def call(*args: Any) -> Any:
        with forgotten_gradients():
            return function(*args)

    return call


@contextmanager
def forgotten_gradients() -> Iterator[None]:
    """Take back the custom gradients that were registered within the block."""
    registry = ops.gradient_registry._registry
    before = set(registry)
    try:
        yield
    finally:
        for name in set(registry) - before:
            del registry[name]


def trace_once(traces: OrderedDict[Any, Any], key: Hashable, make: Callable[[], Value], most: int) -> Value:
    """A trace, from those used last or made now.

    Args:
        traces: to look in and to keep it in.
        key: everything that the trace depends on.
        make: called where it is not there; nothing is kept where it fails.
        most: how many are kept, the one used longest ago goes first.
    """
    if key not in traces:
        traces[key] = make()
    traces.move_to_end(key)
    while len(traces) > most:
        traces.popitem(last=False)
    found: Value = traces[key]
    return found
