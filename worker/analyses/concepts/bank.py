"""The concept bank: directions of a layer that add up to what crops of a class's pictures give there.

Fel et al., "CRAFT: Concept Recursive Activation FacTorization for Explainability", CVPR 2023
(https://arxiv.org/abs/2211.10154): non-negative matrix factorization of the crops' activations. Fel et al., "A Holistic
Approach to Unifying Automatic Concept Extraction and Concept Importance Estimation", NeurIPS 2023
(https://arxiv.org/abs/2306.07304).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning

from shared.errors import InvalidSpec, message
from worker.networks.cut import AtLayer

ROUNDS, COEFFICIENT_ROUNDS = 400, 60
TINY = 1e-9


@dataclass(frozen=True)
class Bank:
    """Concepts of a layer.

    Attributes:
        directions: float32 (concept, channel), not negative, of length 1.
        error: how much of the crops' activations the concepts leave unexplained: length of the difference by length.
        stability: float32 (concept), mean cosine with the concept that is most like it of a fit from another start; NaN
            where there was one fit alone.
    """

    directions: np.ndarray
    error: float
    stability: np.ndarray


def find_bank(activations: np.ndarray, concepts: int, repeats: int, seed: int) -> Bank:
    """Factorize activations, several times from starts of their own.

    Args:
        activations: float32 (crop, channel), not negative.
        concepts: how many.
        repeats: fits; the first is kept, the others say how stable it is.
        seed: of the starts.

    Raises:
        InvalidSpec: the layer gives nothing but zeros, or has fewer channels, or fewer crops, than concepts.
    """
    if min(activations.shape) < concepts:
        raise InvalidSpec(
            message(f"at least {concepts} channels and crops for {concepts} concepts",
                    f"{activations.shape[1]} channels and {activations.shape[0]} crops",
                    "Choose fewer `concepts`, another layer or more `images`.")
        )  # fmt: skip
    if not activations.any():
        raise InvalidSpec(
            message("a layer that responds to the class's pictures", "zeros and negative values alone",
                    "Choose another layer.")
        )  # fmt: skip
    fits = [_fit(activations, concepts, "nndsvda" if i == 0 else "random", seed + i) for i in range(repeats)]
    others = [matched_cosines(fits[0], other) for other in fits[1:]]
    stability = np.mean(others, axis=0) if others else np.full(concepts, np.nan)
    error = reconstruction_error(activations, fits[0])
    return Bank(fits[0], error, stability.astype(np.float32))


def _fit(activations: np.ndarray, concepts: int, init: str, seed: int) -> np.ndarray:
    """float32 (concept, channel) of length 1; what was empty in the fit is a direction along nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the error that is left is told
        found = NMF(concepts, init=init, max_iter=ROUNDS, random_state=seed).fit(activations).components_
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return np.asarray(found / np.maximum(lengths, TINY), np.float32)


def matched_cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Cosine of each direction with that of another bank it is paired with, each with one, their sum the largest.

    Args:
        first, second: (concept, channel), of length 1.

    Returns:
        float64 (concept).
    """
    cosines = first @ second.T
    rows, columns = linear_sum_assignment(-cosines)
    return np.asarray(cosines[rows, columns], np.float64)


def coefficients(values: np.ndarray, directions: np.ndarray, rounds: int = COEFFICIENT_ROUNDS) -> np.ndarray:
    """How much of each concept there is: the non-negative sum of directions nearest to the values.

    Lee and Seung's multiplicative rounds ("Algorithms for Non-negative Matrix Factorization", 2000), directions fixed.

    Args:
        values: float32 (..., channel), not negative.
        directions: float32 (concept, channel), not negative.
        rounds: how many.

    Returns:
        float32 (..., concept), not negative, in units of the layer.
    """
    flat = values.reshape(-1, values.shape[-1])
    wanted, gram = flat @ directions.T, directions @ directions.T
    found = np.maximum(wanted / len(directions), TINY)
    for _ in range(rounds):
        found *= wanted / np.maximum(found @ gram, TINY)
    return found.reshape(*values.shape[:-1], len(directions)).astype(np.float32)


def reconstruction_error(activations: np.ndarray, directions: np.ndarray) -> float:
    """Length of what a bank leaves unexplained, as a share of the activations' length."""
    rest = activations - coefficients(activations, directions, 4 * COEFFICIENT_ROUNDS) @ directions
    return float(np.linalg.norm(rest) / max(float(np.linalg.norm(activations)), TINY))


def crop_corners(size: tuple[int, int], share: float) -> tuple[tuple[int, int], list[tuple[int, int]]]:
    """Where crops of a picture are cut: so that each overlaps the next by half, and the last ends at the border.

    Args:
        size: height and width of a picture, in pixels.
        share: side of a crop as a share of the picture's.

    Returns:
        Height and width of a crop, and top and left of each.
    """
    sides = tuple(max(1, round(share * side)) for side in size)
    rows, columns = (_starts(whole, side) for whole, side in zip(size, sides, strict=True))
    return (sides[0], sides[1]), [(top, left) for top in rows for left in columns]


def _starts(whole: int, side: int) -> Sequence[int]:
    count = 1 + -(-2 * (whole - side) // side)
    return [int(at) for at in np.linspace(0, whole - side, count).round()]


def positive(at: AtLayer) -> np.ndarray:
    """The layer's values above zero, float32 (picture, row, column, channel); without a height and width, of one."""
    values = np.maximum(np.asarray(at.values[0], np.float32), 0)
    return values if values.ndim == 4 else values.reshape(len(values), 1, -1, values.shape[-1])


def crop_of(picture: np.ndarray, corner: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """A crop by its top and left, and its height and width."""
    (top, left), (height, width) = corner, size
    return picture[top : top + height, left : left + width]
