"""Of a layer that runs several times: which call is meant, and the gradients there."""

from typing import Any

import tensorflow as tf

from shared.errors import InvalidSpec, message


def nearest_first(tensors: list[Any], pictures: Any) -> list[Any]:
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


def slope_at(tape: tf.GradientTape, explained: Any, outputs: list[Any], path: str) -> tuple[Any, Any]:
    """The first of a layer's outputs that the logits depend on, and the gradients at it."""
    for output in outputs:
        slope = tape.jacobian(explained, output, experimental_use_pfor=False)
        if slope is not None:
            return tf.cast(output, tf.float32), tf.cast(slope, tf.float32)
    raise InvalidSpec(
        message("a layer that the model's outputs depend on", path, "Choose a layer on the way to the head.")
    )
