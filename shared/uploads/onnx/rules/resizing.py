"""Pictures made larger or smaller."""

from collections.abc import Callable
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
_HALF_PIXEL = ("half_pixel", "pytorch_half_pixel")


def _resize(net: Network, node: Node, operands: Operands) -> Value:
    x = net.channels_last(tensor(operands))
    if len(x.onnx) != 4:
        raise NotTranslated(f"of {len(x.onnx)} axes")
    mode = node.attributes.get("mode", "nearest")
    where = node.attributes.get("coordinate_transformation_mode", "half_pixel")
    # Until version 10 there was one rule.
    rounding = node.attributes.get("nearest_mode", "round_prefer_floor")
    if int(node.attributes.get("opset", 13)) < 11:
        where, rounding = "asymmetric", "floor"
    if node.attributes.get("antialias") or node.attributes.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise NotTranslated("with antialias or a kept aspect ratio")
    sizes = _target(node, operands, x)
    factors = [_factor(a, b) for a, b in zip(x.shape[2:], sizes, strict=True)]
    whole = factors[0] is not None and factors[1] is not None
    axes = picture_axes(x, [atom_group(one) for one in sizes])
    if mode == "nearest" and whole and (where, rounding) in _NEAREST:
        return _upsampled(net, x, axes, factors, "nearest")
    if mode == "linear" and where in _HALF_PIXEL:
        if whole:
            return _upsampled(net, x, axes, factors, "bilinear")
        height, width = (fixed(one) for one in sizes)
        config = {"height": height, "width": width, "interpolation": "bilinear"}
        return net.layer("Resizing", config, [x], *axes, positive=x.positive)
    return _by_matrices(net, x, sizes, mode, where, rounding)


def _upsampled(net: Network, x: Tensor, axes: tuple[Axes, Axes], factors: list[int | None], how: str) -> Tensor:
    if factors == [1, 1]:
        return x
    return net.layer("UpSampling2D", {"size": factors, "interpolation": how}, [x], *axes, positive=x.positive)


def _factor(before: Sizes, after: Sizes) -> int | None:
    """A whole factor by which a side grows, the same for every picture."""
    factors = {divmod(b, a) for a, b in zip(before, after, strict=True)}
    return factors.pop()[0] if len(factors) == 1 and not next(iter(factors))[1] else None


def _target(node: Node, operands: Operands, x: Tensor) -> list[Sizes]:
    """Sizes of both sides afterwards, for every picture."""
    late = len(operands) > 2
    scales = operands[2 if late else 1] if len(operands) > 1 else None
    sizes = operands[3] if len(operands) > 3 else None
    if isinstance(scales, Tensor) or isinstance(sizes, Tensor):
        raise NotTranslated("to a size that is computed")
    axes = [int(axis) % 4 for axis in node.attributes.get("axes") or range(4)]
    made: list[list[int]] = []
    for picture, have in enumerate(zip(*x.shape, strict=True)):
        said = _numbers(sizes, picture) if sizes and _numbers(sizes, picture) else None
        if said is None:
            given = _numbers(scales, picture) if scales else node.attributes.get("scales") or []
            said = [_scaled(have[axis], factor) for axis, factor in zip(axes, given, strict=True)]
        whole = {**dict(enumerate(have)), **dict(zip(axes, [int(one) for one in said], strict=True))}
        if (whole[0], whole[1]) != have[:2] or min(whole.values()) < 1:
            raise NotTranslated("of other axes than height and width")
        made.append([whole[2], whole[3]])
    return [tuple(one) for one in zip(*made, strict=True)]


def _numbers(value: Constant, picture: int) -> list[float]:
    return [float(one) for one in np.ravel(value.values[picture])]


def _scaled(size: int, factor: float) -> int:
    made = size * factor
    if abs(made - round(made)) > 1e-3:
        raise NotTranslated(f"by a factor of {factor:g}, which leaves a part of a pixel")
    return round(made)


def _by_matrices(net: Network, x: Tensor, sizes: list[Sizes], mode: str, where: str, rounding: str) -> Tensor:
    """Any other way, for a known size: rows and columns are each a product with a matrix."""
    if mode not in ("nearest", "linear") or rounding not in _ROUNDINGS:
        raise NotTranslated(f"of mode {mode}")
    _places(1, 1, where)
    for side, name in enumerate(("rows", "columns")):
        before, after = fixed(x.shape[2 + side]), fixed(sizes[side])
        if before * after > _MOST_SHARES:
            raise NotTranslated("of such a size")
        matrix = partial(_matrix, before, after, mode, where, rounding)
        out = [atom_group(sizes[side]) if place == side else x.onnx[2 + place] for place in (0, 1)]
        shape = [known(one) for one in (x.shape[2:] if side else [sizes[0], x.shape[3]])]
        shape[side] = after
        config = {
            "equation": "bhwc,hk->bkwc" if side == 0 else "bhwc,wk->bhkc",
            "output_shape": [*shape, fixed(x.shape[1])],
            "trainable": False,
        }
        axes = picture_axes(x, out)
        x = net.layer("EinsumDense", config, [x], *axes, suffix=name, weights=[matrix],
                      positive=x.positive)  # fmt: skip
    return x


def _matrix(before: int, after: int, mode: str, where: str, rounding: str) -> np.ndarray:
    """Share of every old pixel in every new one; float32 (before, after)."""
    place = _places(before, after, where)
    matrix = np.zeros((before, after))
    new = np.arange(after)
    if mode == "nearest":
        matrix[np.clip(_ROUNDINGS[rounding](place), 0, before - 1).astype(int), new] = 1
        return matrix.astype(np.float32)
    place = np.clip(place, 0, before - 1)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, before - 1)
    np.add.at(matrix, (low, new), 1 - (place - low))
    np.add.at(matrix, (high, new), place - low)
    return matrix.astype(np.float32)


def _places(before: int, after: int, where: str) -> np.ndarray:
    new = np.arange(after, dtype=np.float64)
    match where:
        case "align_corners":
            return new * (before - 1) / max(1, after - 1)
        case "asymmetric":
            return new * before / after
        case "half_pixel" | "tf_half_pixel_for_nn":
            shift = 0.0 if where == "tf_half_pixel_for_nn" else 0.5
            return (new + 0.5) * before / after - shift
        case "pytorch_half_pixel":
            return (new + 0.5) * before / after - 0.5 if after > 1 else np.zeros(1)
    raise NotTranslated(f"with coordinates {where}")


_ROUNDINGS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "floor": np.floor,
    "ceil": np.ceil,
    "round_prefer_floor": lambda place: np.ceil(place - 0.5),
    "round_prefer_ceil": lambda place: np.floor(place + 0.5),
}


RULES: dict[str, Rule] = {"Resize": _resize, "Upsample": _resize}
