"""What happens inside a layer or a model that is somebody's own code: its layers, in the order in which it calls them.

Keras knows the graph of its own networks alone. Here the code is run once on noise, and what its layers were given and
gave is noted.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from worker.networks.capture import swap_attributes
from worker.networks.receptive_field import Field, field_after, field_behind
from worker.networks.tried_window import tried_window


@dataclass(frozen=True)
class InnerLayer:
    """A layer inside.

    Attributes:
        path: below the one that holds it.
        layer: itself.
        shape: of its output, batch first.
        field: what one of its units sees of the picture.
        last: whether its output is that of the one that holds it.
    """

    path: str
    layer: keras.layers.Layer
    shape: tuple[int, ...]
    field: Field
    last: bool


@dataclass(frozen=True)
class _Call:
    path: str
    inputs: list[Any]
    output: Any


def inner_layers(
    outer: keras.layers.Layer, inside: dict[str, keras.layers.Layer], inputs: Sequence[tuple[Any, Field]]
) -> list[InnerLayer]:
    """The layers that run inside another, in the order of their first calls.

    Args:
        outer: a layer or a model of one's own, built.
        inside: the layers below it by path.
        inputs: shape, batch first, and field of what the outer one is given.

    Returns:
        Those that ran. Where code without a layer ("+", a function) lies between two of them, what the second sees is
        tried, as for a layer whose rule is not known.
    """
    shapes = [tuple(1 if i == 0 else int(side or 1) for i, side in enumerate(shape)) for shape, _ in inputs]
    given = [tf.constant(np.random.default_rng(i).normal(size=s).astype(np.float32)) for i, s in enumerate(shapes)]
    calls: list[_Call] = []
    with _watched(inside, lambda path, fed, output: calls.append(_Call(path, fed, output))):
        whole = outer(given[0] if len(given) == 1 else given, training=False)
    # By the identity of tensors: what a layer was given is known where another layer, or the outside, made it.
    fields = {id(tensor): field for tensor, (_, field) in zip(given, inputs, strict=True)}
    found: dict[str, InnerLayer] = {}
    for call in calls:
        known = [(tuple(t.shape), fields[id(t)]) for t in call.inputs if id(t) in fields]
        if len(known) == len(call.inputs) and known:
            field = field_after(inside[call.path], known)
        else:
            field = _tried(outer, inside, call.path, shapes, inputs)
        fields.setdefault(id(call.output), field)
        if call.path not in found:
            last = call.output is whole
            found[call.path] = InnerLayer(call.path, inside[call.path], tuple(call.output.shape), field, last)
    return list(found.values())


def _tried(
    outer: keras.layers.Layer, inside: dict[str, Any], path: str, shapes: list[Any], inputs: Sequence[tuple[Any, Field]]
) -> Field:
    place = max(range(len(inputs)), key=lambda i: inputs[i][1].size or np.inf)
    before = inputs[place][1]
    if before.size is None or len(shapes[place]) != 4:
        return Field(None, before.stride, before.start)

    def run(given: Any) -> Any:
        outputs: list[Any] = []
        with _watched({path: inside[path]}, lambda _path, _fed, output: outputs.append(output)):
            outer(given, training=False)
        return outputs[0]

    return field_behind(tried_window(run, shapes, place), before)


def _watched(
    layers: dict[str, keras.layers.Layer], saw: Callable[[str, list[Any], Any], None]
) -> AbstractContextManager[None]:
    """Within the block, every call of some layers is told."""

    def watch(path: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            output = call(*args, **kwargs)
            fed = [one for one in keras.tree.flatten((args, kwargs)) if isinstance(one, tf.Tensor)]
            saw(path, fed, keras.tree.flatten(output)[0])
            return output

        return watched

    return swap_attributes((layer, "call", watch(path, layer.call)) for path, layer in layers.items())
