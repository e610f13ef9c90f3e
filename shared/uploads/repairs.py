"""A configuration of Keras 3 put right before it is checked: what need not be opened, and what Keras could not open.

How networks inside a network were trained is left out, whatever it names. The size of the batch, which changes nothing
for a picture, becomes open. Functions of TensorFlow get the names that Keras has for them. Weights of half precision
are read into single precision, in which everything is computed.
"""

from math import prod
from typing import Any, TypeGuard

from shared.uploads.configs import MAX_DEPTH

Config = dict[str, Any]

# TensorFlow's functions, as `activation=` writes them into a file, by the names that Keras has for them.
_ACTIVATIONS = {
    "exp": "exponential", "identity": "linear", "log_softmax_v2": "log_softmax", "softmax_v2": "softmax",
    "swish": "silu",
}  # fmt: skip
_SHAPES = ("batch_shape", "batch_input_shape", "build_input_shape", "input_shape", "shape")
# Types by the names of data types and of policies; under "name", "source_name" and "dtype" nothing else has them.
_HALF = frozenset({"bfloat16", "float16", "mixed_bfloat16", "mixed_float16"})
_RESHAPE = ("keras.src.ops.numpy", "Reshape")


def repaired(config: Config) -> Config:
    """The configuration that Keras is to build; the same object where nothing is to be put right.

    Args:
        config: of a whole model, as read from the file; not changed.
    """
    made = {key: value if key == "compile_config" else _repaired(value, 1) for key, value in config.items()}
    return config if made == config else made


def _repaired(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return value  # the check refuses it
    if isinstance(value, list):
        return [_repaired(one, depth + 1) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") == "function":
        function = value.get("config")
        return _ACTIVATIONS.get(function, value) if isinstance(function, str) else value
    value = _with_open_reshape(value)
    made = {key: _repaired(one, depth + 1) for key, one in value.items() if key != "compile_config" or not one}
    return {key: _in_single(key, _open_batch(one) if key in _SHAPES else one) for key, one in made.items()}


def _in_single(key: str, value: Any) -> Any:
    is_half = key in ("dtype", "name", "source_name") and isinstance(value, str) and value in _HALF
    return "float32" if is_half else value


def _open_batch(shape: Any) -> Any:
    """A shape, or a structure of shapes, whose first axis is left open."""
    if isinstance(shape, dict):
        return {key: _open_batch(one) for key, one in shape.items()}
    if not isinstance(shape, list) or not shape:
        return shape
    if isinstance(shape[0], list):
        return [_open_batch(one) for one in shape]
    return [None, *shape[1:]] if isinstance(shape[0], int) else shape


def _with_open_reshape(entry: Config) -> Config:
    """An operation that writes the size of the batch out, keras.ops.reshape(x, (8, -1)), for any batch."""
    config, given = entry.get("config"), _input_shape(entry)
    target = config.get("newshape") if isinstance(config, dict) else None
    if (entry.get("module"), entry.get("class_name")) != _RESHAPE or not isinstance(config, dict):
        return entry
    if not _are_sides(target) or not _are_sides(given) or target[0] != given[0]:
        return entry
    known = prod(side for side in target if side != -1) or 1
    sides = [prod(given) // known if side == -1 else side for side in target[1:]]
    return {**entry, "config": {**config, "newshape": [-1, *sides]}}


def _are_sides(shape: Any) -> TypeGuard[list[int]]:
    return isinstance(shape, list) and bool(shape) and all(isinstance(side, int) for side in shape)


def _input_shape(entry: Config) -> Any:
    try:
        return entry["inbound_nodes"][0]["args"][0]["config"]["shape"]
    except (LookupError, TypeError):
        return None
