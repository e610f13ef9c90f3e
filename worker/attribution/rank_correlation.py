"""Spearman's rank correlation: whether two maps order the picture's places alike, for `sanity_check`."""

import numpy as np


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float | None:
    """−1 to 1, equal values sharing the mean of their ranks; None where a map is flat and has no order.

    Args:
        first: numbers, any shape.
        second: of the same shape.
    """
    one, other = _ranks(first), _ranks(second)
    one, other = one - one.mean(), other - other.mean()
    length = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / length if length > 0 else None


def _ranks(values: np.ndarray) -> np.ndarray:
    _, place, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place.ravel()], np.float64)
