"""Number of parameters of one layer, from its configuration and the shape that comes in."""

from collections.abc import Callable
from math import prod
from typing import Any

from shared.uploads.shapes import Config, Shape, channels, numbers

_GATES = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}


def layer_parameters(kind: str, config: Config, shape: Shape | None) -> int:
    """Count the parameters of a layer.

    Args:
        kind: class of the layer.
        config: its configuration.
        shape: of its first input, batch axis first; None if unknown, which counts every open side as 1.

    Returns:
        Number of weights, those that are not trained included; exact for the layers of convolutional
        networks, at most twice too high for attention.
    """
    inner = [config[key] for key in ("layer", "backward_layer", "cell") if isinstance(config.get(key), dict)]
    inner += [cell for key in ("cell", "cells", "layers") for cell in _list(config.get(key))]
    if kind == "TimeDistributed" and shape:
        shape = (shape[0], *shape[2:])
    count = sum(layer_parameters(one["class_name"], one["config"], shape) for one in inner)
    if kind == "Bidirectional" and not isinstance(config.get("backward_layer"), dict):
        return 2 * count
    rule = next((rule for start, rule in _RULES.items() if kind.startswith(start)), None)
    return count + (rule(config, shape or (None, None)) if rule else 0)


def _list(value: Any) -> list[Config]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _width(shape: Shape) -> int:
    return shape[-1] or 1


def _kernel(config: Config, shape: Shape) -> int:
    return prod(numbers(config["kernel_size"], max(1, len(shape) - 2)))


def _biases(config: Config, number: int) -> int:
    return number if config.get("use_bias", True) else 0


def _dense(config: Config, shape: Shape) -> int:
    units = int(config["units"])
    return _width(shape) * units + _biases(config, units)


def _einsum(config: Config, shape: Shape) -> int:
    out = config["output_shape"]
    # A side left open counts as 1: it is one that comes in, so no weights stand along it.
    sides = [int(side or 1) for side in (out if isinstance(out, list) else [out])]
    return prod(sides) * (_width(shape) + 1)


def _convolution(config: Config, shape: Shape) -> int:
    filters = int(config["filters"])
    inside = channels(config, shape) // max(1, int(config.get("groups") or 1))
    return _kernel(config, shape) * inside * filters + _biases(config, filters)


def _depthwise(config: Config, shape: Shape) -> int:
    wide = channels(config, shape) * int(config.get("depth_multiplier", 1))
    return _kernel(config, shape) * wide + _biases(config, wide)


def _separable(config: Config, shape: Shape) -> int:
    wide = channels(config, shape) * int(config.get("depth_multiplier", 1))
    filters = int(config["filters"])
    return _kernel(config, shape) * wide + wide * filters + _biases(config, filters)


def _along(config: Config, shape: Shape) -> int:
    """Product of the sides along the axes that a layer normalises."""
    axis = config.get("axis", -1)
    axes = axis if isinstance(axis, list) else [axis]
    return prod(shape[a] or 1 for a in axes if -len(shape) <= a < len(shape))


def _batch_norm(config: Config, shape: Shape) -> int:
    return _along(config, shape) * (2 + bool(config.get("scale", True)) + bool(config.get("center", True)))


def _layer_norm(config: Config, shape: Shape) -> int:
    if config.get("rms_scaling"):
        return _along(config, shape)
    return _along(config, shape) * (bool(config.get("scale", True)) + bool(config.get("center", True)))


def _normalization(config: Config, shape: Shape) -> int:
    return 0 if config.get("mean") is not None else 2 * _along(config, shape) + 1


def _prelu(config: Config, shape: Shape) -> int:
    shared = config.get("shared_axes") or []
    return prod(1 if axis in shared else side or 1 for axis, side in enumerate(shape[1:], start=1))


def _recurrent(gates: int) -> Callable[[Config, Shape], int]:
    def count(config: Config, shape: Shape) -> int:
        units = int(config["units"])
        biases = gates * units * (2 if config.get("reset_after") else 1)
        return gates * units * (_width(shape) + units) + _biases(config, biases)

    return count


def _recurrent_convolution(config: Config, shape: Shape) -> int:
    filters = int(config["filters"])
    kernel = prod(numbers(config["kernel_size"], max(1, len(shape) - 3)))
    return 4 * (kernel * filters * (channels(config, shape) + filters) + _biases(config, filters))


def _attention(config: Config, shape: Shape) -> int:
    heads, key = int(config["num_heads"]), int(config["key_dim"])
    value = int(config.get("value_dim") or key)
    width = _width(shape)
    out = prod(numbers(config["output_shape"], 1)) if config.get("output_shape") else width
    biases = heads * (2 * key + value) + out
    return width * heads * (2 * key + value) + heads * value * out + _biases(config, biases)


def _grouped_attention(config: Config, shape: Shape) -> int:
    queries = int(config["num_query_heads"]) * int(config["head_dim"])
    keys = int(config["num_key_value_heads"]) * int(config["head_dim"])
    width = _width(shape)
    return 2 * width * (queries + keys) + _biases(config, queries + 2 * keys + width)


# By the beginning of the class name; the first that fits, so the longer come before the shorter.
_RULES: dict[str, Callable[[Config, Shape], int]] = {
    "ConvLSTM": _recurrent_convolution,
    "Conv": _convolution,
    "DepthwiseConv": _depthwise,
    "SeparableConv": _separable,
    "Dense": _dense,
    "EinsumDense": _einsum,
    "BatchNormalization": _batch_norm,
    "GroupNormalization": _layer_norm,
    "LayerNormalization": _layer_norm,
    "RMSNormalization": _along,
    "Normalization": _normalization,
    "Embedding": lambda config, shape: int(config["input_dim"]) * int(config["output_dim"]),
    "LayerScale": lambda config, shape: int(config["projection_dim"]),
    "PReLU": _prelu,
    "MultiHeadAttention": _attention,
    "GroupQueryAttention": _grouped_attention,
    "AdditiveAttention": lambda config, shape: _width(shape),
    **{name: _recurrent(gates) for name, gates in _GATES.items()},
}
