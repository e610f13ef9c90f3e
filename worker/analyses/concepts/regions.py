"""Where a concept stands in pictures, and the same pictures without it there, or with it where it was not."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

# A region holds what is above this share of the concept's largest value in the picture.
HALF = 0.5
# Pictures whose maps are enlarged at once.
TOGETHER = 64


@dataclass(frozen=True)
class Evidence:
    """What becomes of pictures when a concept is painted over, or put into them; see ConceptFacts of the parts."""

    loses: float | None
    loses_else: float | None
    draws: float | None
    draws_else: float | None
    without: float | None
    exchanged: float | None
    drawn: list[list[str | int]]


def threshold(presence: np.ndarray) -> float:
    """The value that best parts pictures with a concept from those without: Otsu, "A threshold selection method from
    gray-level histograms", 1979, on the values themselves.

    Args:
        presence: float (picture), at least two.
    """
    values = np.sort(np.asarray(presence, np.float64))
    below, count = np.arange(1, len(values)), len(values)
    sums = np.cumsum(values)
    apart = below * (count - below) * (sums[:-1] / below - (sums[-1] - sums[:-1]) / (count - below)) ** 2
    at = int(apart.argmax())
    return float((values[at] + values[at + 1]) / 2)


def regions(maps: np.ndarray, least: float, size: tuple[int, int]) -> np.ndarray:
    """The part of each picture that a concept takes: where it is at least half as strong as at its strongest, and half
    a cell of the layer around, for what a unit responds to reaches beyond its cell.

    Args:
        maps: float32 (picture, row, column), coefficients of the concept.
        least: what counts as the concept at all, from threshold().
        size: height and width of the pictures, in pixels.

    Returns:
        bool (picture, height, width); nothing of pictures without the concept.
    """
    around = [1 + 2 * round(side / (2 * cells)) for side, cells in zip(size, maps.shape[1:3], strict=True)]
    found = np.zeros((len(maps), *size), bool)
    for start in range(0, len(maps), TOGETHER):  # maps of thousands of pictures at their size would take gigabytes
        some = maps[start : start + TOGETHER]
        large = np.asarray(tf.image.resize(some[..., None], size))[..., 0]
        top = large.max((1, 2), keepdims=True)
        there = some.max((1, 2))[:, None, None] > least
        strong = ((large >= HALF * top) & (top > 0) & there).astype(np.float32)
        found[start : start + TOGETHER] = np.asarray(tf.nn.max_pool2d(strong[..., None], around, 1, "SAME"))[..., 0] > 0
    return found


def filled(pictures: np.ndarray, holes: np.ndarray) -> np.ndarray:
    """Pictures with regions painted over by what surrounds them: means of ever coarser surroundings, pulled up and
    pushed down again (Gortler et al., "The Lumigraph", 1996).

    Args:
        pictures: float32 (picture, height, width, channel).
        holes: bool (picture, height, width).

    Returns:
        float32, as the pictures; where all of a picture is a hole, grey.
    """
    weight = (~holes).astype(np.float32)[..., None]
    levels = [(pictures * weight, weight)]
    while max(levels[-1][0].shape[1:3]) > 1:
        values, weights = (_summed(one) for one in levels[-1])
        capped = np.minimum(weights, 1)
        levels.append((values / np.maximum(weights, 1e-6) * capped, capped))
    values, weights = levels.pop()
    below = np.where(weights > 0, values / np.maximum(weights, 1e-6), 0.5)
    for values, weights in reversed(levels):
        coarse = np.asarray(tf.image.resize(below, values.shape[1:3]))
        below = values + coarse * (1 - weights)
    return np.asarray(below, np.float32)


def _summed(values: np.ndarray) -> np.ndarray:
    """Sums over blocks of two by two."""
    odd = [(0, side % 2 if side > 1 else 1) for side in values.shape[1:3]]
    even = np.pad(values, ((0, 0), *odd, (0, 0)))
    return np.asarray(even[:, ::2, ::2] + even[:, 1::2, ::2] + even[:, ::2, 1::2] + even[:, 1::2, 1::2])


def transplanted(pictures: np.ndarray, sources: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Pictures with regions of others, at the same place: what lies there, and nothing else of the other picture.

    Args:
        pictures, sources: float32 (picture, height, width, channel).
        places: bool (picture, height, width).
    """
    return np.where(places[..., None], sources, pictures)


def constancy(where: np.ndarray) -> float:
    """How constant a place is, from 0, anywhere alike, to 1, always at one place: one less the entropy, as a share of
    the largest.

    Args:
        where: float (row, column), not negative: how often the concept stands there.
    """
    share = where.ravel() / max(float(where.sum()), 1e-12)
    if len(share) < 2 or not share.any():
        return 0.0
    used = share[share > 0]
    return float(1 + (used * np.log(used)).sum() / np.log(len(share)))


def distance_from_middle(where: np.ndarray) -> float:
    """Mean distance from the middle of the picture, where things that are photographed mostly stand: 0 there, 1 at the
    border; 0.67 of what stands anywhere alike.

    Args:
        where: as for constancy().
    """
    rows, columns = (np.abs((np.arange(side) + 0.5) * 2 / side - 1) for side in where.shape)
    far = np.maximum(rows[:, None], columns[None])
    return float((far * where).sum() / max(float(where.sum()), 1e-12))


def outside_share(maps: np.ndarray, inside: np.ndarray) -> float:
    """Share of a concept's strength that lies outside an object.

    Args:
        maps: float32 (picture, row, column), coefficients of the concept.
        inside: bool, the same shape, where the object is.
    """
    return float((maps * ~inside).sum() / max(float(maps.sum()), 1e-12))
