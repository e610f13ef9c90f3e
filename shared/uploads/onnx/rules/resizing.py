"""Pictures made larger or smaller."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from shared.uploads.onnx.axes import Axes, Sizes, atom_group
from shared.uploads.onnx.graph import Node
from shared.uploads.onnx.network import Network
from shared.uploads.onnx.rules.operands import Operands, Rule, tensor
from shared.uploads.onnx.rules.windows import picture_axes
from shared.uploads.onnx.values import Constant, NotTranslated, Tensor, Value, fixed, known

# With whole factors these choose the same pixel.
_NEAREST = {
    ("asymmetric", "floor"), ("half_pixel", "round_prefer_floor"), ("half_pixel", "round_prefer_ceil"),
    ("pytorch_half_pixel", "round_prefer_floor"), ("tf_half_pixel_for_nn", "floor"),
}  # fmt: skip
_MOST_SHARES = 4_000_000


@dataclass(frozen=True)
class _Way:
    """How new pixels are made of old ones.

    Attributes:
        mode: "nearest", "linear" or "cubic".
        where: the coordinate transformation.
        rounding: of "nearest".
        sharpness: coefficient of Keys's cubic convolution, 1981.
        inside: whether shares of pixels beyond the edge are left out, and the others raised; else the edge repeats.
        antialias: whether the window widens with the step when a picture becomes smaller.
    """

    mode: str
    where: str
    rounding: str
    sharpness: float = -0.75
    inside: bool = False
    antialias: bool = False


def _way(node: Node) -> _Way:
    said = node.attributes
    where, rounding = said.get("coordinate_transformation_mode", "half_pixel"), said.get(
        "nearest_mode", "round_prefer_floor")  # fmt: skip
    # Until version 10 there was one rule.
    if int(said.get("opset", 13)) < 11:
        where, rounding = "asymmetric", "floor"
    if said.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise NotTranslated("with a kept aspect ratio")
    sharpness, inside = float(said.get("cubic_coeff_a", -0.75)), bool(said.get("exclude_outside", 0))
    return _Way(said.get("mode", "nearest"), where, rounding, sharpness, inside, bool(said.get("antialias", 0)))


def _resize(net: Network, node: Node, operands: Operands) -> Value:
    x = net.channels_last(tensor(operands))
    if len(x.onnx) != 4:
        raise NotTranslated(f"of {len(x.onnx)} axes")
    way = _way(node)
    target = _target(node, operands, x)
    sizes = [tuple(side[0] for side in one) for one in target]
    factors = [_factor(a, b) for a, b in zip(x.shape[2:], sizes, strict=True)]
    exact = all(before * factor == after for before_s, one in zip(x.shape[2:], target, strict=True)
                for before, (after, factor) in zip(before_s, one, strict=True))  # fmt: skip
    whole = factors[0] is not None and factors[1] is not None
    axes = picture_axes(x, [atom_group(one) for one in sizes])
    if way.mode == "nearest" and whole and (way.where, way.rounding) in _NEAREST:
        return _upsampled(net, x, axes, factors, "nearest")
    # PyTorch's only pixel is the first, not the middle one.
    half = way.where == "half_pixel" or (way.where == "pytorch_half_pixel" and all(1 not in one for one in sizes))
    if way.mode == "linear" and half and exact:
        if whole:
            return _upsampled(net, x, axes, factors, "bilinear")
        if not way.antialias:
            height, width = (fixed(one) for one in sizes)
            config = {"height": height, "width": width, "interpolation": "bilinear"}
            return net.layer("Resizing", config, [x], *axes, positive=x.positive)
    return _by_matrices(net, x, target, way)


def _upsampled(net: Network, x: Tensor, axes: tuple[Axes, Axes], factors: list[int | None], how: str) -> Tensor:
    if factors == [1, 1]:
        return x
    return net.layer("UpSampling2D", {"size": factors, "interpolation": how}, [x], *axes, positive=x.positive)


def _factor(before: Sizes, after: Sizes) -> int | None:
    """A whole factor by which a side grows, the same for every picture."""
    factors = {divmod(b, a) for a, b in zip(before, after, strict=True)}
    return factors.pop()[0] if len(factors) == 1 and not next(iter(factors))[1] else None


# A side afterwards, and the factor by which places are counted.
_Side = tuple[int, float]


def _target(node: Node, operands: Operands, x: Tensor) -> list[tuple[_Side, ...]]:
    """Both sides afterwards, for every picture."""
    late = len(operands) > 2
    scales = operands[2 if late else 1] if len(operands) > 1 else None
    sizes = operands[3] if len(operands) > 3 else None
    if isinstance(scales, Tensor) or isinstance(sizes, Tensor):
        raise NotTranslated("to a size that is computed")
    axes = [int(axis) % 4 for axis in node.attributes.get("axes") or range(4)]
    made: list[list[_Side]] = []
    for picture, have in enumerate(zip(*x.shape, strict=True)):
        if sizes and (said := _numbers(sizes, picture)):
            sides = [(int(one), one / have[axis]) for axis, one in zip(axes, said, strict=True)]
        else:
            given = _numbers(scales, picture) if scales else node.attributes.get("scales") or []
            sides = [(_scaled(have[axis], one), float(one)) for axis, one in zip(axes, given, strict=True)]
        whole = {place: (size, 1.0) for place, size in enumerate(have)} | dict(zip(axes, sides, strict=True))
        if (whole[0][0], whole[1][0]) != have[:2] or min(size for size, _ in whole.values()) < 1:
            raise NotTranslated("of other axes than height and width")
        made.append([whole[2], whole[3]])
    return [tuple(one) for one in zip(*made, strict=True)]


def _numbers(value: Constant, picture: int) -> list[float]:
    return [float(one) for one in np.ravel(value.values[picture])]


def _scaled(size: int, factor: float) -> int:
    """A side times a factor of 32 bits; what is left over of a pixel falls away."""
    return int(np.floor(np.float32(size) * np.float32(factor)))


def _by_matrices(net: Network, x: Tensor, target: list[tuple[_Side, ...]], way: _Way) -> Tensor:
    """Any other way, for a known size: rows and columns are each a product with a matrix."""
    if way.mode not in ("nearest", "linear", "cubic") or way.rounding not in _ROUNDINGS:
        raise NotTranslated(f"of mode {way.mode}")
    _places(1, (1, 1.0), way.where)
    sizes = [tuple(side[0] for side in one) for one in target]
    positive = x.positive and way.mode != "cubic"
    for side, name in enumerate(("rows", "columns")):
        before, after = fixed(x.shape[2 + side]), fixed(sizes[side])
        if before * after > _MOST_SHARES:
            raise NotTranslated("of such a size")
        matrix = partial(_matrix, before, target[side][0], way)
        out = [atom_group(sizes[side]) if place == side else x.onnx[2 + place] for place in (0, 1)]
        shape = [known(one) for one in (x.shape[2:] if side else [sizes[0], x.shape[3]])]
        shape[side] = after
        config = {
            "equation": "bhwc,hk->bkwc" if side == 0 else "bhwc,wk->bhkc",
            "output_shape": [*shape, fixed(x.shape[1])],
            "trainable": False,
        }
        axes = picture_axes(x, out)
        x = net.layer("EinsumDense", config, [x], *axes, suffix=name, weights=[matrix], positive=positive)
    return x


def _matrix(before: int, after: _Side, way: _Way) -> np.ndarray:
    """Share of every old pixel in every new one; float32 (before, after)."""
    place, count = _places(before, after, way.where), after[0]
    matrix = np.zeros((before, count))
    new = np.arange(count)
    if way.mode == "nearest":
        matrix[np.clip(_ROUNDINGS[way.rounding](place), 0, before - 1).astype(int), new] = 1
        return matrix.astype(np.float32)
    # An axis that becomes smaller is first smoothed: the window is as wide as a new pixel.
    wide = max(1.0, 1 / after[1]) if way.antialias else 1.0
    reach = int(np.ceil((2 if way.mode == "cubic" else 1) * wide))
    low = np.floor(place).astype(int)
    for step in range(1 - reach, reach + 1):
        old = low + step
        share = _share((place - old) / wide, way)
        if way.inside:
            share = np.where((old < 0) | (old >= before), 0.0, share)
        np.add.at(matrix, (np.clip(old, 0, before - 1), new), share)
    return (matrix / matrix.sum(0)).astype(np.float32)


def _share(distance: np.ndarray, way: _Way) -> np.ndarray:
    """What a pixel at some distance counts, in pixels; before the shares are made to sum to 1."""
    far, a = np.abs(distance), way.sharpness
    if way.mode == "linear":
        return np.maximum(0.0, 1 - far)
    near = ((a + 2) * far - (a + 3)) * far**2 + 1
    beyond = ((a * far - 5 * a) * far + 8 * a) * far - 4 * a
    return np.where(far <= 1, near, np.where(far < 2, beyond, 0.0))


def _places(before: int, after: _Side, where: str) -> np.ndarray:
    """Where new pixels lie among the old ones, float32 as runtimes count: a half is rounded as they round it."""
    count, factor = after[0], np.float32(after[1])
    new = np.arange(count, dtype=np.float32)
    match where:
        case "align_corners":
            return new * np.float32(before - 1) / np.float32(max(1, count - 1))
        case "asymmetric":
            return new / factor
        case "half_pixel" | "tf_half_pixel_for_nn":
            shift = np.float32(0.0 if where == "tf_half_pixel_for_nn" else 0.5)
            return (new + np.float32(0.5)) / factor - shift
        case "half_pixel_symmetric":
            # A part of a pixel that falls away is taken from both ends.
            centre = np.float32(before / 2) * (1 - np.float32(count) / (np.float32(before) * factor))
            return centre + (new + np.float32(0.5)) / factor - np.float32(0.5)
        case "pytorch_half_pixel":
            return (new + np.float32(0.5)) / factor - np.float32(0.5) if count > 1 else np.zeros(1, np.float32)
    raise NotTranslated(f"with coordinates {where}")


_ROUNDINGS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "floor": np.floor,
    "ceil": np.ceil,
    "round_prefer_floor": lambda place: np.ceil(place - 0.5),
    "round_prefer_ceil": lambda place: np.floor(place + 0.5),
}


RULES: dict[str, Rule] = {"Resize": _resize, "Upsample": _resize}
