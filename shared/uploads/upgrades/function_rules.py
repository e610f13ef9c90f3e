"""Which layer computes what a function of TensorFlow does: one rule a function, and None where there is no layer."""

from collections.abc import Callable
from typing import Any

from shared.uploads.upgrades.inbound_nodes import is_reference
from shared.uploads.upgrades.layers import OPERATIONS

Config = dict[str, Any]
# What a function takes: references to tensors, or constants.
Operands = list[Any]

# Beyond every value of a network: where only one side is cut off.
LARGEST = 3.0e38
_ACTIVATIONS = {
    **{f"nn.{name}": name for name in ("elu", "relu", "relu6", "selu", "sigmoid", "silu", "softmax", "softplus",
                                       "softsign", "swish", "tanh")},
    **{name: name.rpartition(".")[2] for name in ("math.sigmoid", "math.softplus", "math.tanh", "sigmoid", "tanh")},
    "math.exp": "exponential",
}  # fmt: skip
_OPERATIONS = {
    "abs": "Absolute", "math.abs": "Absolute", "math.square": "Square", "square": "Square", "math.sqrt": "Sqrt",
    "sqrt": "Sqrt", "math.negative": "Negative", "negative": "Negative", "__operators__.neg": "Negative",
}  # fmt: skip
_MERGES = {"add": "Add", "multiply": "Multiply", "subtract": "Subtract", "maximum": "Maximum", "minimum": "Minimum"}
_ARITHMETIC = {"sub": "subtract", "mul": "multiply", "div": "truediv", "divide": "truediv", "bias_add": "add"}


def layer_of(function: str, operands: Operands, options: Config) -> tuple[Any, ...] | None:
    """Which layer of Keras 3 computes a function of TensorFlow.

    Args:
        function: its name without "tf.": "math.truediv".
        operands: what it takes, in order: references to tensors, or constants.
        options: its other arguments.

    Returns:
        Class, configuration and, for an operation, the module; None where no layer computes the same.
    """
    last = function.rpartition(".")[2]
    last = _ARITHMETIC.get(last, last)
    if len(operands) == 2 and last in (*_MERGES, "truediv"):
        return _arithmetic(last, *operands)
    if len(operands) == 1 and function in _OPERATIONS:
        return _OPERATIONS[function], {}, OPERATIONS
    if function in _ACTIVATIONS and not set(options) - {"axis"} and options.get("axis", -1) == -1:
        return "Activation", {"activation": _ACTIVATIONS[function]}
    rule = _RULES.get(function)
    return rule(operands, options) if rule else None


def _numbers(value: Any) -> float | list[float] | None:
    """A number, or one a channel, whatever lists of one stand around them; None for anything else."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float | list):
        return None
    if isinstance(value, list) and not all(isinstance(one, int | float) for one in value):
        return None
    return value


def _each(value: float | list[float], do: Callable[[float], float]) -> float | list[float]:
    return [do(one) for one in value] if isinstance(value, list) else do(value)


def _arithmetic(how: str, first: Any, second: Any) -> tuple[Any, ...] | None:
    if is_reference(first) and is_reference(second):
        return (_MERGES[how], {}) if how in _MERGES else None
    constant = _numbers(first if is_reference(second) else second)
    if constant is None:
        return None
    if how == "add":
        return "Rescaling", {"scale": 1.0, "offset": constant}
    if how == "multiply":
        return "Rescaling", {"scale": constant, "offset": 0.0}
    if how == "subtract" and is_reference(first):
        return "Rescaling", {"scale": 1.0, "offset": _each(constant, lambda one: -one)}
    if how == "subtract":
        return "Rescaling", {"scale": -1.0, "offset": constant}
    if how == "truediv" and is_reference(first):
        return "Rescaling", {"scale": _each(constant, lambda one: 1.0 / one), "offset": 0.0}
    if how == "maximum" and constant == 0:
        return "ReLU", {}
    if how in ("maximum", "minimum") and not isinstance(constant, list):
        low, high = (constant, LARGEST) if how == "maximum" else (-LARGEST, constant)
        return "Clip", {"x_min": low, "x_max": high}, OPERATIONS
    return None


def _pooled(kind: str) -> Callable[[Operands, Config], tuple[Any, ...] | None]:
    def rule(operands: Operands, options: Config) -> tuple[Any, ...] | None:
        if options.get("axis") not in ([1, 2], [-3, -2], [2, 1]):
            return None
        return kind, {"keepdims": bool(options.get("keepdims", False))}

    return rule


def _resize(operands: Operands, options: Config) -> tuple[Any, ...] | None:
    size, method = options.get("size"), options.get("method", "bilinear")
    if not isinstance(size, list) or len(size) != 2 or not all(isinstance(one, int) for one in size):
        return None
    if method not in ("bilinear", "nearest", "bicubic") or options.get("antialias"):
        return None
    return "Resizing", {"height": size[0], "width": size[1], "interpolation": method}


def _slice(operands: Operands, options: Config) -> tuple[Any, ...] | None:
    """Reversed channels, `x[..., ::-1]`, and margins cut off, `x[:, 2:-2, 2:-2, :]`."""
    spec = options.get("slice_spec")
    items = spec.get("items") if isinstance(spec, dict) else spec
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        return None
    sides = [(one.get("start"), one.get("stop"), one.get("step")) for one in items]
    open_sides = [side in ((None, None, None), (None, None, 1)) for side in sides]
    reaches_last = len(items) == 4 or items[0].get("class_name") == "__ellipsis__"
    if all(open_sides[:-1]) and sides[-1] == (None, None, -1) and reaches_last:
        return "Flip", {"axis": -1}, OPERATIONS
    if len(items) in (3, 4) and open_sides[0] and (len(items) == 3 or open_sides[3]):
        return _crop(sides[1:3])
    return None


def _crop(sides: list[tuple[Any, Any, Any]]) -> tuple[Any, ...] | None:
    margins = []
    for start, stop, step in sides:
        if step not in (None, 1) or (start or 0) < 0 or (stop is not None and stop >= 0):
            return None
        margins.append([start or 0, -(stop or 0)])
    return "Cropping2D", {"cropping": margins}


def _reverse(operands: Operands, options: Config) -> tuple[Any, ...] | None:
    return ("Flip", {"axis": -1}, OPERATIONS) if options.get("axis") in ([-1], [3], -1, 3) else None


def _reshape(operands: Operands, options: Config) -> tuple[Any, ...] | None:
    shape = options.get("shape")
    if not isinstance(shape, list) or not all(isinstance(one, int) for one in shape) or shape[:1] != [-1]:
        return None
    return "Reshape", {"target_shape": shape[1:]}


def _pad(operands: Operands, options: Config) -> tuple[Any, ...] | None:
    margins = options.get("paddings")
    if not isinstance(margins, list) or len(margins) != 4 or margins[0] != [0, 0] or margins[3] != [0, 0]:
        return None
    plain = options.get("mode", "CONSTANT") == "CONSTANT" and not options.get("constant_values")
    return ("ZeroPadding2D", {"padding": margins[1:3]}) if plain else None


def _concatenate(operands: Operands, options: Config) -> tuple[Any, ...] | None:
    # TensorFlow's graph takes the axis as the last input.
    axis = operands[-1] if isinstance(operands[-1], int) else options.get("axis", -1)
    return "Concatenate", {"axis": axis}


def _clip(operands: Operands, options: Config) -> tuple[Any, ...] | None:
    low, high = options.get("clip_value_min"), options.get("clip_value_max")
    known = isinstance(low, int | float) and isinstance(high, int | float)
    return ("Clip", {"x_min": low, "x_max": high}, OPERATIONS) if known else None


def _transpose(operands: Operands, options: Config) -> tuple[Any, ...] | None:
    order = options.get("perm", operands[1] if len(operands) > 1 else None)
    if not isinstance(order, list) or order[:1] != [0] or options.get("conjugate"):
        return None
    return ("Permute", {"dims": order[1:]}) if sorted(order[1:]) == list(range(1, len(order))) else None


def _window(kind: str) -> Callable[[Operands, Config], tuple[Any, ...] | None]:
    """Pooling by TensorFlow's own function, over pictures with their channels last."""

    def rule(operands: Operands, options: Config) -> tuple[Any, ...] | None:
        size, strides = _two(options.get("ksize")), _two(options.get("strides"))
        padding = str(options.get("padding")).lower()
        plain = options.get("data_format") in (None, "NHWC") and padding in ("same", "valid")
        return (
            (kind, {"pool_size": size, "strides": strides, "padding": padding}) if plain and size and strides else None
        )

    return rule


def _two(value: Any) -> list[int] | None:
    """A window's height and width from 2, [2], [2, 2] or [1, 2, 2, 1]."""
    sides = value if isinstance(value, list) else [value]
    if len(sides) == 4 and (sides[0], sides[3]) == (1, 1):
        sides = sides[1:3]
    whole = 1 <= len(sides) <= 2 and all(isinstance(one, int) and one > 0 for one in sides)
    return [sides[0], sides[-1]] if whole else None


def _power(operands: Operands, options: Config) -> tuple[Any, ...] | None:
    exponent = _numbers(operands[1]) if len(operands) == 2 else None
    kind = {2: "Square", 0.5: "Sqrt"}.get(exponent) if isinstance(exponent, int | float) else None
    return (kind, {}, OPERATIONS) if kind else None


def _gelu(operands: Operands, options: Config) -> tuple[Any, ...] | None:
    return None if options.get("approximate") else ("Activation", {"activation": "gelu"})


def _cast(operands: Operands, options: Config) -> tuple[Any, ...] | None:
    # Everything here is computed in one float type.
    return ("Identity", {}) if str(options.get("dtype")).startswith(("float", "bfloat", "half")) else None


_RULES: dict[str, Callable[[Operands, Config], tuple[Any, ...] | None]] = {
    "__operators__.getitem": _slice,
    "cast": _cast,
    "clip_by_value": _clip,
    "concat": _concatenate,
    "identity": lambda operands, options: ("Identity", {}),
    "image.resize": _resize,
    "math.l2_normalize": lambda operands, options: ("UnitNormalization", {"axis": options.get("axis", -1)}),
    "math.pow": _power,
    "math.reduce_max": _pooled("GlobalMaxPooling2D"),
    "math.reduce_mean": _pooled("GlobalAveragePooling2D"),
    "nn.avg_pool": _window("AveragePooling2D"),
    "nn.avg_pool2d": _window("AveragePooling2D"),
    "nn.gelu": _gelu,
    "nn.l2_normalize": lambda operands, options: ("UnitNormalization", {"axis": options.get("axis", -1)}),
    "nn.leaky_relu": lambda operands, options: ("LeakyReLU", {"negative_slope": options.get("alpha", 0.2)}),
    "nn.max_pool": _window("MaxPooling2D"),
    "nn.max_pool2d": _window("MaxPooling2D"),
    "pad": _pad,
    "pow": _power,
    "reshape": _reshape,
    "reverse": _reverse,
    "stop_gradient": lambda operands, options: ("Identity", {}),
    "transpose": _transpose,
}
