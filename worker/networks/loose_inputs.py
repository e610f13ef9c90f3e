"""What a file declares of its input, loosened: any number type becomes float32, a fixed number of pictures any."""

from collections.abc import Iterator
from typing import Any

import keras

from worker.networks.capture import operations, walk


def take_floats(network: keras.Model) -> str:
    """Let a network whose file declares whole numbers or half precision take float32, so that gradients pass.

    Its own cast falls away: what follows it gets the same values, and those between two whole numbers as they are.

    Args:
        network: any model; its picture inputs are changed.

    Returns:
        What its first input was declared as.
    """
    first = str(network.inputs[0].dtype)
    for tensor in _picture_inputs(network):
        tensor._dtype = "float32"  # Keras casts what a functional model is given to this type
    return first


def take_any_batch(network: keras.Model) -> None:
    """Let a network whose file fixes how many pictures it takes at once take any number.

    Keras asks for no number, but takes a short cut past all layers where shapes alone go through a network that has
    this very one; and an operation `reshape(x, (1, -1))` insists on it.

    Args:
        network: any model; its inputs and reshaping operations are changed.
    """
    fixed = network.inputs[0].shape[0]
    for tensor in _picture_inputs(network):
        tensor._shape = (None, *tensor.shape[1:])
    if fixed is None:
        return
    for one in operations(network):
        if type(one).__name__ == "Reshape":
            _free_batch(one, int(fixed))


def _picture_inputs(network: keras.Model) -> Iterator[Any]:
    """Those of a network and of the models inside it."""
    for model in (network, *(layer for _, layer in walk(network) if isinstance(layer, keras.Model))):
        graph = getattr(model, "_functional", None) or model
        yield from (one for one in getattr(graph, "_inputs", ()) if len(one.shape) == 4)


def _free_batch(reshape: Any, fixed: int) -> None:
    shapes = {tuple(t.shape) for node in reshape._inbound_nodes for t in node.output_tensors}
    given = {t.shape[0] for node in reshape._inbound_nodes for t in node.input_tensors}
    shape = shapes.pop()
    if not shapes and given == {fixed} and shape[:1] == (fixed,) and None not in shape:
        reshape.newshape = (-1, *shape[1:])
