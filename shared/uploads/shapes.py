"""Shapes through the layers of a configuration, as far as they can be told without Keras."""

from collections.abc import Callable
from math import prod
from typing import Any

# Batch axis first; None where a side is open.
Shape = tuple[int | None, ...]
Config = dict[str, Any]

MERGES = frozenset(["Add", "Average", "Divide", "Maximum", "Minimum", "Multiply", "Subtract", "TrueDivide"])
_SAME_LAYERS = """
Activation ActivityRegularization AlphaDropout AugMix AutoContrast BatchNormalization
ContrastLimitedAdaptiveHistogramEqualization CustomScaleLayer CutMix Dropout ELU Equalization GaussianDropout
GaussianNoise GroupNormalization GroupQueryAttention Identity LayerNormalization LayerScale LeakyReLU Masking MixUp
MultiHeadAttention Normalization PReLU RMSNormalization RandAugment RandomBrightness RandomColorDegeneration
RandomColorJitter RandomContrast RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur
RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation
RandomSharpness RandomShear RandomTranslation RandomZoom ReLU Rescaling Softmax Solarization
SpatialDropout1D SpatialDropout2D SpatialDropout3D UnitNormalization
"""
_SAME_OPERATIONS = """
Absolute Celu Clip Cos Elu Exp Flip Gelu HardShrink HardSigmoid HardSilu HardTanh LeakyRelu Log LogSigmoid
LogSoftmax Negative Power Relu Relu6 Round Rsqrt Selu Sigmoid Sign Silu Sin SoftShrink Softplus Softsign
Sqrt Square StopGradient Tanh TanhShrink
"""
_SAME = frozenset((_SAME_LAYERS + _SAME_OPERATIONS).split())
# Operations that share their name with a layer but read their configuration otherwise.
_HOMONYMS = frozenset({"Average", "MaxPool", "Reshape"})
WRAPPERS = frozenset({"Bidirectional", "SpectralNormalization", "TimeDistributed"})
_CONVOLUTIONS = ("Conv", "Convolution", "SeparableConv", "SeparableConvolution", "DepthwiseConv")


def output_shape(entry: Config, inputs: list[Shape]) -> Shape | None:
    """Shape that a layer gives.

    Args:
        entry: class_name and config of the layer.
        inputs: shapes of its inputs, at least one.

    Returns:
        The shape with its batch axis, or None where no rule is known for the class.
    """
    kind, config = entry["class_name"], entry["config"]
    if kind in _HOMONYMS and str(entry.get("module")).startswith("keras.src.ops."):
        return None
    if kind in WRAPPERS:
        return _wrapped(kind, config, inputs[0])
    if kind in MERGES:
        return _broadcast(inputs)
    if kind == "Dot":
        return _dot(inputs, config["axes"])
    if kind == "Concatenate":
        return _concatenate(inputs, config.get("axis", -1))
    if kind in _SAME:
        return inputs[0]
    if kind.startswith("ConvLSTM"):
        return _over_time(kind, config, inputs[0])
    if kind.startswith(_CONVOLUTIONS):
        return _convolution(kind, config, inputs[0])
    rule = next((rule for start, rule in _RULES.items() if kind.startswith(start)), None)
    return rule(config, inputs[0]) if rule else None


def _over_time(kind: str, config: Config, shape: Shape) -> Shape:
    """A convolution of each picture of a row; of the last one alone where the row is not asked for."""
    out = _convolution(kind, config, (shape[0], *shape[2:]))
    return (out[0], shape[1], *out[1:]) if config.get("return_sequences") else out


def _wrapped(kind: str, config: Config, shape: Shape) -> Shape | None:
    if kind == "TimeDistributed":
        out = output_shape(config["layer"], [(shape[0], *shape[2:])])
        return out and (shape[0], shape[1], *out[1:])
    out = output_shape(config["layer"], [shape])
    if kind == "Bidirectional" and out and out[-1] and config.get("merge_mode") == "concat":
        return (*out[:-1], 2 * out[-1])
    return out


def channels(config: Config, shape: Shape) -> int:
    """Number of channels of a shape; 1 where it is open."""
    return shape[_channel_axis(config, shape)] or 1


def numbers(value: Any, count: int) -> list[int]:
    """A setting that is one number or one for each axis, as `count` numbers."""
    return [int(v) for v in value] if isinstance(value, list) else [int(value)] * count


def _channel_axis(config: Config, shape: Shape) -> int:
    return 1 if config.get("data_format") == "channels_first" else len(shape) - 1


def _sides(config: Config, shape: Shape) -> list[int | None]:
    axis = _channel_axis(config, shape)
    return [side for i, side in enumerate(shape) if i not in (0, axis)]


def _join(config: Config, shape: Shape, sides: list[int | None], channel: int | None) -> Shape:
    if _channel_axis(config, shape) == 1:
        return (shape[0], channel, *sides)
    return (shape[0], *sides, channel)


def _window(side: int | None, kernel: int, stride: int, padding: str, dilation: int = 1) -> int | None:
    if side is None:
        return None
    if padding != "valid":
        return -(-side // stride)
    return max(0, (side - dilation * (kernel - 1) - 1) // stride + 1)


def _convolution(kind: str, config: Config, shape: Shape) -> Shape:
    sides = _sides(config, shape)
    count = len(sides)
    kernels = numbers(config["kernel_size"], count)
    strides = numbers(config.get("strides", 1), count)
    padding = config.get("padding", "valid")
    if kind.endswith("Transpose"):
        extra = [0 if padding == "same" else max(k - s, 0) for k, s in zip(kernels, strides, strict=True)]
        grown = [side and side * s + e for side, s, e in zip(sides, strides, extra, strict=True)]
        return _join(config, shape, grown, int(config["filters"]))
    dilations = numbers(config.get("dilation_rate", 1), count)
    settings = zip(sides, kernels, strides, dilations, strict=True)
    shrunk = [_window(side, k, s, padding, d) for side, k, s, d in settings]
    depthwise = channels(config, shape) * int(config.get("depth_multiplier", 1))
    return _join(config, shape, shrunk, int(config.get("filters", depthwise)))


def _pool(config: Config, shape: Shape) -> Shape:
    sides = _sides(config, shape)
    sizes = numbers(config["pool_size"], len(sides))
    strides = numbers(config.get("strides") or sizes, len(sides))
    padding = config.get("padding", "valid")
    shrunk = [_window(side, k, s, padding) for side, k, s in zip(sides, sizes, strides, strict=True)]
    return _join(config, shape, shrunk, shape[_channel_axis(config, shape)])


def _pool_all(config: Config, shape: Shape) -> Shape:
    channel = shape[_channel_axis(config, shape)]
    if config.get("keepdims"):
        return _join(config, shape, [1] * (len(shape) - 2), channel)
    return (shape[0], channel)


def _margins(value: Any, count: int) -> list[int]:
    """Sum of both margins of every axis, of a number, [before, after], or a list of either."""
    if not isinstance(value, list):
        return [2 * int(value)] * count
    if count == 1 and len(value) == 2 and isinstance(value[0], int):
        return [sum(value)]
    return [sum(v) if isinstance(v, list) else 2 * int(v) for v in value]


def _pad(config: Config, shape: Shape) -> Shape:
    sides = _sides(config, shape)
    margins = _margins(config.get("padding", 1), len(sides))
    grown = [side and side + m for side, m in zip(sides, margins, strict=True)]
    return _join(config, shape, grown, shape[_channel_axis(config, shape)])


def _crop(config: Config, shape: Shape) -> Shape:
    sides = _sides(config, shape)
    margins = _margins(config.get("cropping", 1), len(sides))
    left = [side and max(0, side - m) for side, m in zip(sides, margins, strict=True)]
    return _join(config, shape, left, shape[_channel_axis(config, shape)])


def _upsample(config: Config, shape: Shape) -> Shape:
    sides = _sides(config, shape)
    sizes = numbers(config.get("size", 2), len(sides))
    grown = [side and side * s for side, s in zip(sides, sizes, strict=True)]
    return _join(config, shape, grown, shape[_channel_axis(config, shape)])


def _resize(config: Config, shape: Shape) -> Shape:
    sides: list[int | None] = [int(config["height"]), int(config["width"])]
    return _join(config, shape, sides, shape[_channel_axis(config, shape)])


def _pool_to(config: Config, shape: Shape) -> Shape:
    sides: list[int | None] = [*numbers(config["output_size"], len(shape) - 2)]
    return _join(config, shape, sides, shape[_channel_axis(config, shape)])


def _flatten(config: Config, shape: Shape) -> Shape:
    known = [side for side in shape[1:] if side is not None]
    return (shape[0], prod(known) if len(known) == len(shape) - 1 else None)


def _reshape(config: Config, shape: Shape) -> Shape:
    target = [int(side) for side in config["target_shape"]]
    total = _flatten(config, shape)[1]
    rest = prod(side for side in target if side != -1)
    free = total // rest if total is not None and rest else None
    return (shape[0], *(free if side == -1 else side for side in target))


def _permute(config: Config, shape: Shape) -> Shape:
    return (shape[0], *(shape[axis] for axis in config["dims"]))


def _recur(config: Config, shape: Shape) -> Shape:
    units = int(config["units"])
    return (shape[0], shape[1], units) if config.get("return_sequences") else (shape[0], units)


def _broadcast(inputs: list[Shape]) -> Shape:
    longest = max(inputs, key=len)
    padded = [(1,) * (len(longest) - len(shape)) + shape for shape in inputs]
    return tuple(None if None in sides else max(s or 0 for s in sides) for sides in zip(*padded, strict=True))


def _dot(inputs: list[Shape], axes: Any) -> Shape:
    """What is left of both shapes without the axes that are summed over, the second's batch axis aside."""
    left = [
        side
        for number, (shape, axis) in enumerate(zip(inputs, numbers(axes, 2), strict=True))
        for place, side in enumerate(shape)
        if place != axis % len(shape) and (place or not number)
    ]
    return tuple(left) if len(left) > 1 else (*left, 1)


def _concatenate(inputs: list[Shape], axis: int) -> Shape:
    sides = [shape[axis] for shape in inputs]
    joined = None if None in sides else sum(side or 0 for side in sides)
    shape = list(inputs[0])
    shape[axis] = joined
    return tuple(shape)


# By the beginning of the class name; the first that fits, so the longer come before the shorter.
_RULES: dict[str, Callable[[Config, Shape], Shape]] = {
    "GlobalAv": _pool_all,
    "GlobalMax": _pool_all,
    "Adaptive": _pool_to,
    "AveragePooling": _pool,
    "AvgPool": _pool,
    "MaxPool": _pool,
    "ZeroPadding": _pad,
    "Cropping": _crop,
    "UpSampling": _upsample,
    "Resizing": _resize,
    "CenterCrop": _resize,
    "RandomCrop": _resize,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    "RepeatVector": lambda config, shape: (shape[0], int(config["n"]), *shape[1:]),
    "Dense": lambda config, shape: (*shape[:-1], int(config["units"])),
    "Embedding": lambda config, shape: (*shape, int(config["output_dim"])),
    "LSTM": _recur,
    "GRU": _recur,
    "SimpleRNN": _recur,
}
