"""Which range of values a file's network was fed with, worked out from what it does to them in front of its filters.

Pictures of one grey are shown to the network, and what reaches the first layer with a kernel is looked at: the range
that lands where networks are usually fed (0..1, -1..1, or standardized) is the one it was made for. So scaling is found
whatever does it: Rescaling, Normalization, operations of any kind, nested or not.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from shared.images.bands import number_range
from shared.library.preprocessing import BLACK_OR_WHITE, check_channels
from worker.networks.capture import operations, swap_attributes, walk
from worker.networks.loose_inputs import take_any_batch, take_floats
from worker.networks.precision import set_precision

# Ranges by likelihood where nothing tells them apart; those behind the third are rare, and need a clear sign.
COMMON = 3
CANDIDATES = ((0.0, 1.0), (0.0, 255.0), (-1.0, 1.0), (-0.5, 0.5), (0.0, 4095.0), (0.0, 65535.0))
# Of networks of many bands, whose numbers are seldom those of photographs: satellites' reflectances besides.
OF_BANDS = (*CANDIDATES, (0.0, 10000.0))
# What whole numbers in a file can mean.
WHOLE = {"uint8": ((0.0, 255.0),), "int8": ((-128.0, 127.0),), "uint16": ((0.0, 65535.0), (0.0, 4095.0), (0.0, 255.0))}
OTHER_WHOLE = ((0.0, 255.0), (0.0, 65535.0), (0.0, 4095.0))
# Where filters are usually fed; halves of 256 are as common as those of 255.
USUAL = ((0, 1), (-1, 1), (-0.5, 0.5), (0, 255), (-127.5, 127.5), (0, 255 / 256), (-1, 127 / 128), (-128, 127))
# As an end less likely than those: 0..255 over 127.5, and nothing taken off.
HALFWAY = (0, 2)
CLOSE = 1e-3
# An unusual end is believed where it is this much less odd than the next, in powers of two.
CLEARLY = 2.0
# A picture's values spread over at least this share of their range once they are standardized.
LEAST_SPREAD = 0.03
PROBE_SIDE = 32
EXACT, STANDARD, UNUSUAL = 0, 1, 2
# Level, whether the range is rare, distance from what is usual, and how many of the steps before are unusual.
Rank = tuple[int, bool, float, int]


@dataclass(frozen=True)
class InputRange:
    """How pictures go in, and whether that is only the likeliest way, for nothing inside the network tells."""

    preprocess: str
    assumed: bool


@dataclass(frozen=True)
class _Passed:
    """What a picture became: at the first filters float64 (height, width, channel), and each step's extremes."""

    reached: np.ndarray
    steps: tuple[tuple[float, float], ...]

    @property
    def by_channel(self) -> np.ndarray:
        """float64 (channel): the usual value of each, whatever padding did at the edges; all values of flat ones."""
        return np.median(self.reached, axis=(0, 1)) if self.reached.ndim == 3 else self.reached.ravel()


class _Reached(BaseException):
    """The first layer with a kernel was called. Not an Exception: Keras re-creates those on their way."""


def range_of(network: keras.Model, preprocess: str) -> InputRange:
    """How pictures go in: as is said, or as the numbers do. The network takes floats, in any number, from here on.

    Args:
        network: of one picture input, as it was loaded.
        preprocess: as its card says; "" where that is silent.

    Raises:
        InvalidSpec: the card has numbers for other channels.
    """
    take_any_batch(network)
    dtype = take_floats(network)
    if dtype == "bool":  # whatever else a card says, what is not zero would be true
        return InputRange(BLACK_OR_WHITE, False)
    check_channels(preprocess, network.inputs[0].shape[-1])
    return InputRange(preprocess, False) if preprocess else worked_out_range(network, dtype)


def worked_out_range(network: keras.Model, dtype: str = "float32") -> InputRange:
    """The range that a network was fed with.

    Args:
        network: of one picture input, which takes floats.
        dtype: what its file declares the input as.

    Returns:
        0..1, 0..255, -1..1 or another range; the likeliest one, and that it is assumed, where several would do.
    """
    whole = dtype.startswith(("int", "uint"))
    many = network.inputs[0].shape[-1] not in (1, 3)
    candidates = WHOLE.get(dtype, OTHER_WHOLE) if whole else OF_BANDS if many else CANDIDATES
    set_precision(network, "float32")
    try:
        ranks = _ranks(network, candidates)
        told = _is_told([rank for rank, _ in ranks])
        if not (told or whole) and network.inputs[0].shape[-1] == 4:
            opaque = _ranks(network, candidates, opaque=True)
            (level, *_), _ = opaque[0]
            if level < UNUSUAL:
                ranks, told = opaque, _is_told([rank for rank, _ in opaque])
    except Exception:  # a network that refuses grey pictures says why when it is shown a real one
        return _named(candidates[0], not whole)
    if many and not (told or whole) and (place := _of_numbers(ranks, candidates)) is not None:
        return _named(candidates[place], False)
    chosen = candidates[ranks[0][1] if told or not whole else 0]
    return _named(chosen, not (told or whole or _any_scale_will_do(network)))


def _ranks(
    network: keras.Model, candidates: Sequence[tuple[float, float]], opaque: bool = False
) -> list[tuple[Rank, int]]:
    """Each candidate's rank and place, the likeliest first; `opaque`: greys' fourth channel is all there is of it."""
    shape = (1, *_sides(network, PROBE_SIDE))

    @cache
    def passed(grey: float, last: float) -> _Passed:
        picture = np.full(shape, grey, np.float32)
        picture[..., 3:] = last if opaque else grey
        return _pass(network, picture)

    values = [{x: passed(x, one[1] if opaque else 0.0) for x in _probes(one)} for one in candidates]
    return sorted((_rank(values[place], one, place >= COMMON), place) for place, one in enumerate(candidates))


def _named(bounds: tuple[float, float], assumed: bool) -> InputRange:
    return InputRange(f"{bounds[0]:g}..{bounds[1]:g}", assumed)


def _is_told(ranks: Sequence[Rank]) -> bool:
    """Whether the first of several ranges is plainly the right one.

    Equal statistics speak for the smaller range: values of -1..1 would deviate more.
    """
    first, *others = ranks
    level, _, distance, _ = first
    if not others or level == STANDARD:
        return level < UNUSUAL
    return first != others[0] if level == EXACT else distance + CLEARLY < min(rank[2] for rank in others)


def _of_numbers(ranks: Sequence[tuple[Rank, int]], candidates: Sequence[tuple[float, float]]) -> int | None:
    """The likeliest range of numbers beyond a photograph's, where all others are less likely; None where they are not.

    Whichever of those it is, the network takes the numbers of a file as they stand.
    """
    first, *_ = sorted((distance, place) for (_, _, distance, _), place in ranks)
    low, high = candidates[first[1]]
    return first[1] if number_range(f"{low}..{high}") else None


def _rank(passed: Mapping[float, _Passed], bounds: tuple[float, float], rare: bool) -> Rank:
    """How unusual it is where a range lands: at the end, then on the steps before."""
    dark, middle, light = (passed[x] for x in _probes(bounds))
    level, distance = _landing(dark.by_channel, middle.by_channel, light.by_channel)
    odd = sum(
        _landing(np.array([a[0]]), None, np.array([b[1]]))[0] != EXACT
        for a, b in zip(dark.steps, light.steps, strict=True)
    )
    return level, rare, round(distance, 3) + (CLEARLY if rare and level == UNUSUAL else 0), odd


def _landing(dark: np.ndarray, middle: np.ndarray | None, light: np.ndarray) -> tuple[int, float]:
    """How usual the range is that black and white land on, and how far off it is where it is not."""
    low, high = np.minimum(dark, light), np.maximum(dark, light)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        return UNUSUAL, np.inf
    moved = high > low
    if not moved.any():
        return UNUSUAL, 1e6
    low, high = low[moved], high[moved]
    if middle is not None and _is_cut(low, middle[moved], high):
        return UNUSUAL, 1e6
    if any(_is_close(low, a) and _is_close(high, b) for a, b in USUAL):
        return EXACT, 0.0
    if _is_close(low, HALFWAY[0]) and _is_close(high, HALFWAY[1]):
        return EXACT, 0.1
    if _is_standard(low, high):
        return STANDARD, 0.0
    distances = [abs(np.log2((high - low) / (b - a))) + abs(low + high - a - b) / 2 / (b - a) for a, b in USUAL]
    return UNUSUAL, float(np.min(np.mean(distances, axis=1)))


def _is_close(values: np.ndarray, end: float) -> bool:
    return bool((np.abs(values - end) <= CLOSE * max(1.0, abs(end))).all())


def _is_cut(low: np.ndarray, middle: np.ndarray, high: np.ndarray) -> bool:
    """Whether half of a range is clipped to one value."""
    share = (middle - low) / (high - low)
    return bool((np.minimum(share, 1 - share) < CLOSE).any())


def _is_standard(low: np.ndarray, high: np.ndarray) -> bool:
    """Whether a mean was taken off, and the deviation made one: as no values outside the range could have it.

    Values of a range whose mean lies at `share` of it deviate from it by at most the root of share · (1 - share).
    """
    width = high - low
    share, spread = -low / width, 1 / width
    within = (share > 0.02) & (share < 0.98)
    one = (spread >= LEAST_SPREAD) & (spread**2 <= share * (1 - share))
    centred = within & (share > 0.1) & (share < 0.9) & np.any([np.abs(width - w) <= CLOSE * w for w in (1, 2, 255)], 0)
    return bool((within & one).all() or centred.all())


def _any_scale_will_do(network: keras.Model) -> bool:
    """Whether a picture's values reach the filters alike in every range: the network standardizes each by itself."""
    noise = np.random.default_rng(0).random((1, *_sides(network, PROBE_SIDE))).astype(np.float32)
    small, large, signed = (_pass(network, one).reached for one in (noise, noise * 255, noise * 2 - 1))
    return bool(
        np.isfinite(small).all() and max(np.abs(small - large).max(), np.abs(small - signed).max()) < 10 * CLOSE
    )


def _probes(bounds: tuple[float, float]) -> tuple[float, float, float]:
    return bounds[0], sum(bounds) / 2, bounds[1]


def _sides(network: keras.Model, side: int) -> tuple[int, int, int]:
    """Height, width and channels of a probe: the network's own where it takes no others."""
    _, height, width, channels = network.inputs[0].shape
    return int(height or side), int(width or side), int(channels)


def _pass(network: keras.Model, picture: np.ndarray) -> _Passed:
    """Show a picture, float32 (1, height, width, channel), until it reaches filters."""
    steps: list[tuple[float, float]] = []
    reached: list[np.ndarray] = []

    def filters(layer: Any, given: Any) -> None:
        reached.append(_standardized(layer, _numbers(given)[0][0]))
        raise _Reached

    def step(output: Any) -> None:
        numbers = _numbers(output)
        steps.append((min(n.min() for n in numbers), max(n.max() for n in numbers)))

    with _watched(network, filters, step), contextlib.suppress(_Reached):
        reached.append(_numbers(network(tf.constant(picture), training=False))[0][0])
    return _Passed(reached[0], tuple(steps))


def _numbers(tensors: Any) -> list[np.ndarray]:
    flat = (t for t in keras.tree.flatten(tensors) if tf.is_tensor(t))
    return [np.asarray(tf.cast(t, tf.float32), np.float64) for t in flat]


def _standardized(layer: Any, values: np.ndarray) -> np.ndarray:
    """What a batch normalization of the picture makes of it, without its own scale and shift."""
    if not isinstance(layer, keras.layers.BatchNormalization):
        return values
    mean, variance = np.asarray(layer.moving_mean), np.asarray(layer.moving_variance)
    return np.asarray((values - mean) / np.sqrt(variance + layer.epsilon))


def _watched(
    network: keras.Model, filters: Callable[[Any, Any], None], step: Callable[[Any], None]
) -> AbstractContextManager[None]:
    """Tell `filters` of the first layer that has some and what goes in, and `step` what came out of each before."""

    def watch(operation: Any, call: Any) -> Any:
        last = _has_kernel(operation) or _is_fitted(operation)

        def watched(*args: Any, **kwargs: Any) -> Any:
            if last:
                filters(operation, (args, kwargs))
            output = call(*args, **kwargs)
            step(output)
            return output

        return watched

    every = {id(one): one for one in (*(layer for _, layer in walk(network)), *operations(network))}
    steps = [one for one in every.values() if not isinstance(one, keras.Model | keras.layers.InputLayer)]
    return swap_attributes((one, "call", watch(one, one.call)) for one in steps)


def _has_kernel(operation: Any) -> bool:
    if isinstance(operation, keras.layers.Normalization | keras.layers.BatchNormalization):
        return False
    return any(len(weight.shape) > 1 for weight in getattr(operation, "weights", ()))


def _is_fitted(operation: Any) -> bool:
    """Whether it is a batch normalization that has seen pictures: its statistics tell their scale."""
    if not isinstance(operation, keras.layers.BatchNormalization):
        return False
    return bool(np.any(np.asarray(operation.moving_variance) != 1) or np.any(np.asarray(operation.moving_mean)))
