"""One small graph for every operator and setting that the importer of ONNX knows."""

from collections.abc import Callable
from typing import Any

from tests.fixtures.onnx_files import Side, Sketch
from tests.fixtures.onnx_networks import Drawn

Draw = Callable[[Sketch, str], str]


def _of(draw: Draw, *shape: Side, opset: int = 17) -> Callable[[], Drawn]:
    """A graph of an image and what is drawn behind it."""

    def made() -> Drawn:
        sketch = Sketch(*(shape or ("batch", 4, 8, 10)), opset=opset)
        return sketch, (draw(sketch, "image"),)

    return made


def _node(kind: str, *, opset: int = 17, **attributes: Any) -> Callable[[], Drawn]:
    return _of(lambda g, x: g(kind, x, **attributes), opset=opset)


def _resized(
    opset: int = 17,
    sizes: tuple[int, int] | None = None,
    factors: tuple[float, float] = (2, 3),
    where: str = "half_pixel",
    **attributes: Any,
) -> Callable[[], Drawn]:
    attributes = {"coordinate_transformation_mode": where, **attributes}

    def draw(g: Sketch, x: str) -> str:
        if sizes:
            return str(g("Resize", x, "", "", g.whole(2, 4, *sizes), **attributes))
        return str(g("Resize", x, "", g.array([1, 1, *factors]), **attributes))

    return _of(draw, *((2, 4, 8, 10) if sizes else ()), opset=opset)


def _quantized(g: Sketch, x: str) -> str:
    kernel = g.array(g.random.integers(-100, 100, (6, 4, 3, 3)), dtype="int8")
    scale, zero = g.weight(6, low=0.01, high=0.02), g.array([0] * 6, dtype="int8")
    return str(g("Conv", x, g("DequantizeLinear", kernel, scale, zero, axis=0), kernel_shape=[3, 3]))


def _grouped_norm(g: Sketch, x: str) -> str:
    """GroupNorm as PyTorch writes it until operators of version 18."""
    x = g("Reshape", g.conv(x, 4, 8), g.whole(0, 4, -1))
    x = g("InstanceNormalization", x, g.array([1.0] * 4), g.array([0.0] * 4), epsilon=1e-5)
    x = g("Reshape", x, g.whole(-1, 8, 8, 10))
    return str(g("Add", g("Mul", x, g.weight(8, 1, 1)), g.weight(8, 1, 1)))


def _layer_norm(g: Sketch, x: str) -> str:
    x = g("LayerNormalization", g("Transpose", x, perm=[0, 2, 3, 1]), g.weight(4), g.weight(4), axis=-1)
    return str(g("Transpose", x, perm=[0, 3, 1, 2]))


def _pixel_shuffle(g: Sketch, x: str) -> str:
    x = g("Reshape", x, g.whole(-1, 1, 2, 2, 8, 10))
    return str(g("Reshape", g("Transpose", x, perm=[0, 1, 4, 2, 5, 3]), g.whole(-1, 1, 16, 20)))


def _attention(g: Sketch, x: str) -> str:
    flat = g("Reshape", x, g.whole(0, 4, 80))
    rows = g("Transpose", flat, perm=[0, 2, 1])
    return str(g("MatMul", flat, g("Softmax", g("MatMul", rows, flat), axis=-1)))


def _row_of_norms(g: Sketch, x: str) -> str:
    x = g.norm(g("Flatten", g.conv(x, 4, 3)), 240)
    return str(g("MatMul", g("Relu", x), g.weight(240, 3)))


def _gated(g: Sketch, x: str) -> str:
    mean = g("ReduceMean", x, axes=[1])
    largest = g("ReduceMax", x, axes=[1])
    return str(g("Mul", x, g("Sigmoid", g.conv(g("Concat", mean, largest, axis=1), 2, 1, 7))))


def _space_to_depth(g: Sketch, x: str) -> str:
    ends = g.whole(2**62, 2**62)
    parts = [g("Slice", x, g.whole(a, b), ends, g.whole(2, 3), g.whole(2, 2)) for a in (0, 1) for b in (0, 1)]
    return str(g("Concat", *parts, axis=1))


def _weight_norm(g: Sketch, x: str) -> str:
    kernel = g.weight(6, 4, 3, 3)
    unit = g("Div", kernel, g("ReduceL2", kernel, axes=[1, 2, 3], keepdims=1))
    return str(g("Conv", x, g("Mul", unit, g.weight(6, 1, 1, 1)), pads=[1] * 4))


def _by_channel_and_position(g: Sketch, x: str) -> str:
    """What neither of two has alone."""
    return str(g("Add", g("GlobalAveragePool", x), g("ReduceMean", x, axes=[1], keepdims=1)))


def _transposed(inside: int, outside: int, size: tuple[int, int], **attributes: Any) -> Callable[[], Drawn]:
    groups = attributes.get("group", 1)

    def draw(g: Sketch, x: str) -> str:
        kernel = g.weight(inside, outside // groups, *size)
        return str(g("ConvTranspose", x, kernel, g.weight(outside), kernel_shape=list(size), **attributes))

    return _of(draw)


OPERATORS: dict[str, Callable[[], Drawn]] = {
    # Convolutions
    "Conv, uneven margins": _of(lambda g, x: g.conv(x, 4, 6, pads=[0, 1, 2, 0])),
    "Conv, margins cut off": _of(lambda g, x: g.conv(x, 4, 6, pads=[2, 2, 2, 2], strides=[2, 3])),
    "Conv, gaps": _of(lambda g, x: g.conv(x, 4, 6, dilations=[2, 2], pads=[2] * 4)),
    "Conv, steps and gaps": _of(lambda g, x: g.conv(x, 4, 6, dilations=[2, 2], strides=[2, 2], pads=[2] * 4)),
    "Conv, groups": _of(lambda g, x: g.conv(x, 4, 6, group=2)),
    "Conv, two kernels a channel": _of(lambda g, x: g.conv(x, 4, 8, group=4, strides=[2, 2])),
    "Conv, one kernel a channel, uneven steps": _of(lambda g, x: g.conv(x, 4, 4, group=4, strides=[1, 2])),
    "Conv, SAME_LOWER": _of(lambda g, x: g("Conv", x, g.weight(6, 4, 4, 4), auto_pad="SAME_LOWER", strides=[2, 2])),
    "Conv, VALID": _of(lambda g, x: g("Conv", x, g.weight(6, 4, 3, 3), auto_pad="VALID")),
    "ConvTranspose, 4 by 2": _transposed(4, 3, (4, 4), strides=[2, 2], pads=[1] * 4),
    "ConvTranspose, 3 by 2 and a margin behind": _transposed(
        4, 3, (3, 3), strides=[2, 2], pads=[1] * 4, output_padding=[1, 1]),
    "ConvTranspose, steps beyond the kernel": _transposed(4, 3, (2, 2), strides=[3, 3]),
    "ConvTranspose, groups": _transposed(4, 4, (4, 4), strides=[2, 2], pads=[1] * 4, group=4),
    "ConvTranspose, gaps": _transposed(4, 3, (3, 3), strides=[2, 2], dilations=[2, 2], pads=[0, 1, 1, 0]),
    "Conv of half-precision weights": _of(lambda g, x: g("Conv", x, g("Cast", g.array(
        g.random.uniform(-1, 1, (6, 4, 3, 3)), dtype="float16"), to=1), kernel_shape=[3, 3])),
    "Conv of int8 weights": _of(_quantized),
    "Gemm": _of(lambda g, x: g("Gemm", g("Flatten", x), g.weight(320, 3), g.weight(3), alpha=0.5, beta=2.0)),
    "MatMul behind a normalization of a flattened picture": _of(_row_of_norms),
    "MatMul of two": _of(_attention),
    # Pools
    "MaxPool of negative numbers": _of(lambda g, x: g("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)),
    "MaxPool, ceil_mode": _of(lambda g, x: g("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)),
    "AveragePool without its margins": _node("AveragePool", kernel_shape=[3, 3], pads=[1] * 4),
    "AveragePool with its margins": _node(
        "AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4, count_include_pad=1),
    "ReduceL2": _node("ReduceL2", axes=[1], opset=13),
    "AveragePool, the last window a part of one": _node(
        "AveragePool", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1, opset=19),
    "AveragePool, the last window with its margins": _node(
        "AveragePool", kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4, ceil_mode=1, count_include_pad=1, opset=19),
    "AveragePool without margins of its own kind": _node(
        "AveragePool", kernel_shape=[3, 4], strides=[2, 1], pads=[1, 0, 1, 2]),
    "ReduceL1": _node("ReduceL1", axes=[2, 3], opset=13),
    "ReduceSumSquare": _node("ReduceSumSquare", axes=[1], opset=13),
    "ReduceLogSumExp": _node("ReduceLogSumExp", axes=[1], opset=13),
    "ReduceLogSum": _of(lambda g, x: g("ReduceLogSum", g("Exp", x), axes=[3]), opset=13),
    "ReduceProd": _node("ReduceProd", axes=[3], opset=13),
    "LpNormalization": _node("LpNormalization", axis=1),
    "LpNormalization by sums": _node("LpNormalization", axis=2, p=1),
    "ReduceSum": _of(lambda g, x: g("ReduceSum", x, g.whole(2), keepdims=0)),
    "Means of channels and largest channels": _of(_gated),
    # Activations
    **{kind: _node(kind) for kind in ("Relu", "Sigmoid", "Tanh", "Softplus", "Softsign", "Selu", "HardSwish", "Abs",
                                      "Neg", "Exp", "Sin", "Floor", "HardSigmoid", "Celu", "Erf")},
    "Elu": _node("Elu", alpha=0.7), "Mish": _node("Mish", opset=18), "LeakyRelu": _node("LeakyRelu", alpha=0.3),
    "Gelu": _node("Gelu", opset=20), "Gelu, by tanh": _node("Gelu", opset=20, approximate="tanh"),
    "Clip, from below": _of(lambda g, x: g("Clip", x, g.array(-0.3))),
    "Clip of version 6": _node("Clip", opset=10, min=0.0, max=0.5),
    "ThresholdedRelu": _node("ThresholdedRelu", alpha=0.4), "Shrink, hard": _node("Shrink", lambd=0.3),
    "Shrink, soft": _node("Shrink", lambd=0.3, bias=0.3), "Atan": _node("Atan"),
    "PRelu": _of(lambda g, x: g("PRelu", x, g.weight(4, 1, 1))),
    "Selu, own numbers": _node("Selu", alpha=1.2, gamma=0.9),
    "Softmax over channels": _node("Softmax", axis=1),
    "LogSoftmax": _of(lambda g, x: g("LogSoftmax", g("GlobalAveragePool", x), axis=1)),
    "Mish written out": _of(lambda g, x: g("Mul", x, g("Tanh", g("Softplus", x)))),
    "HardSwish written out": _of(lambda g, x: g("Div", g("Mul", x, g("Clip", g("Add", x, g.array(3.0)), g.array(0.0),
                                                g.array(6.0))), g.array(6.0))),
    # Arithmetic
    "A number a channel": _of(
        lambda g, x: g("Div", g("Sub", x, g.weight(1, 4, 1, 1)), g.weight(4, 1, 1, low=1, high=2))),
    "A number less the picture": _of(lambda g, x: g("Sub", g.array(1.0), x)),
    "A number over the picture": _of(lambda g, x: g("Div", g.array(1.0), g("Add", g("Abs", x), g.array(1.0)))),
    "A number a column, as many as channels": _of(lambda g, x: g("Add", g.conv(x, 4, 10, bias=False), g.weight(10))),
    "A number a column, as many as rows": _of(lambda g, x: g("Add", x, g.weight(8)), "batch", 4, 8, 8),
    "A number a row, as many as channels": _of(lambda g, x: g("Add", x, g.weight(8, 1)), "batch", 8, 8, 10),
    "Weights over their norm": _of(_weight_norm, opset=13),
    "A number a channel and one a position": _of(_by_channel_and_position),
    "A picture of numbers": _of(lambda g, x: g("Mul", x, g.weight(4, 8, 10))),
    "Pow, Max and Min": _of(lambda g, x: g("Pow", g("Min", g("Max", x, g.array(0.1)), g.array(0.5)), g.array(3.0))),
    "Sum and Mean": _of(lambda g, x: g("Mean", x, g("Sum", x, x, x), x)),
    "Max of two": _of(lambda g, x: g("Max", x, g.conv(x, 4, 4))),
    # Normalizations
    "InstanceNormalization": _of(lambda g, x: g("InstanceNormalization", x, g.weight(4), g.weight(4))),
    "GroupNorm of older operators": _of(_grouped_norm),
    "GroupNormalization": _of(
        lambda g, x: g("GroupNormalization", x, g.weight(4), g.weight(4), num_groups=2), opset=21),
    "LayerNormalization": _of(_layer_norm),
    "LRN": _node("LRN", size=3, alpha=0.5),
    # Sizes
    "Resize, nearest": _resized(mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
    "Resize, linear": _resized(mode="linear", coordinate_transformation_mode="half_pixel"),
    "Resize, linear to a size": _resized(
        sizes=(5, 23), mode="linear", coordinate_transformation_mode="pytorch_half_pixel"),
    "Resize, corners aligned": _resized(mode="linear", coordinate_transformation_mode="align_corners"),
    "Resize, nearest to a size": _resized(
        sizes=(5, 23), mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
    "Resize, linear to one pixel": _resized(sizes=(1, 1), mode="linear", where="pytorch_half_pixel"),
    "Resize, linear, a part of a pixel left over": _resized(factors=(1.3, 0.7), mode="linear"),
    "Resize, nearest, a part of a pixel left over": _resized(factors=(1.3, 0.7), mode="nearest"),
    "Resize, linear, both ends alike": _resized(19, factors=(1.3, 0.7), mode="linear", where="half_pixel_symmetric"),
    "Resize, linear, smoothed": _resized(18, sizes=(5, 4), mode="linear", antialias=1, exclude_outside=1),
    "Resize, cubic": _resized(mode="cubic", cubic_coeff_a=-0.5),
    "Resize, cubic to a size": _resized(sizes=(5, 23), mode="cubic", where="pytorch_half_pixel"),
    "Resize, cubic, corners aligned": _resized(mode="cubic", where="align_corners", exclude_outside=1),
    "Resize, cubic, smoothed": _resized(18, factors=(0.5, 0.4), mode="cubic", antialias=1),
    "Upsample": _of(lambda g, x: g("Upsample", x, g.array([1, 1, 2, 2]), mode="nearest"), opset=9),
    "Pad with a number": _of(lambda g, x: g("Pad", x, g.whole(0, 0, 1, 2, 0, 0, 3, 0), g.array(0.5))),
    "Pad of channels": _of(lambda g, x: g("Pad", x, g.whole(0, 1, 0, 0, 0, 2, 0, 0))),
    "Pad by its edge": _of(lambda g, x: g("Pad", x, g.whole(0, 0, 2, 1, 0, 0, 0, 3), mode="edge")),
    "Pad by its edge, of channels": _of(lambda g, x: g("Pad", x, g.whole(0, 2, 0, 0, 0, 1, 0, 0), mode="edge")),
    "Pad by its other end": _of(lambda g, x: g("Pad", x, g.whole(0, 0, 2, 1, 0, 0, 0, 3), mode="wrap"), opset=19),
    "Pad by reflection": _of(lambda g, x: g("Pad", x, g.whole(0, 0, 2, 2, 0, 0, 2, 2), mode="reflect")),
    # Shapes
    "Slice of rows and channels": _of(
        lambda g, x: g("Slice", x, g.whole(1, 2, -9), g.whole(3, -1, 99), g.whole(1, 2, 3))),
    "Slice of channels from behind": _of(
        lambda g, x: g("Slice", x, g.whole(-1), g.whole(-(2**62)), g.whole(1), g.whole(-1))),
    "Slice of rows from behind": _of(lambda g, x: g("Slice", x, g.whole(6), g.whole(0), g.whole(2), g.whole(-2))),
    "Slice of every other pixel": _of(_space_to_depth),
    "Gather of channels in another order": _of(lambda g, x: g("Gather", x, g.whole(2, 0, 1), axis=1)),
    "Gather of one channel": _of(lambda g, x: g("Gather", x, g.array(1, dtype="int64"), axis=1)),
    "Split": _of(lambda g, x: g("Add", *g("Split", x, outputs=2, axis=1)), opset=12),
    "DepthToSpace": _node("DepthToSpace", blocksize=2), "SpaceToDepth": _node("SpaceToDepth", blocksize=2),
    "DepthToSpace, CRD": _node("DepthToSpace", blocksize=2, mode="CRD"),
    "Pixel shuffle by reshapes": _of(_pixel_shuffle),
    "Tile of a grey picture": _of(lambda g, x: g("Tile", x, g.whole(1, 3, 1, 1)), "batch", 1, 8, 8),
    "Squeeze and Unsqueeze": _of(lambda g, x: g("Unsqueeze", g("Squeeze", g.conv(x, 4, 1), g.whole(1)), g.whole(1))),
    "Expand beside a picture": _of(lambda g, x: g("Mul", x, g("Expand", g("GlobalAveragePool", x), g("Shape", x)))),
    "Expand of one channel": _of(
        lambda g, x: g.conv(g("Expand", g.conv(x, 4, 1), g.whole(2, 5, 8, 10)), 5, 3), 2, 4, 8, 10),
    "Concat of flattened pictures": _of(lambda g, x: g("Concat", g("Flatten", x), g("Flatten", g("Relu", x)), axis=1)),
}  # fmt: skip
