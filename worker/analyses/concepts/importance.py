"""How much of a class's logit each concept explains: Sobol's total indices by Jansen's estimator.

Jansen, "Analysis of variance designs for model output", Computer Physics Communications 1999; used for concepts by Fel
et al., CVPR 2023.
"""

import numpy as np
from scipy.stats import qmc


def sobol_masks(concepts: int, draws: int, seed: int) -> np.ndarray:
    """Shares in which concepts are kept: two designs A and B, then A with each concept's column of B.

    Args:
        concepts: how many.
        draws: rows of a design.
        seed: of the sequence's scrambling.

    Returns:
        float32 (draws · (concepts + 2), concept) in [0, 1].
    """
    points = qmc.Sobol(2 * concepts, rng=np.random.default_rng(seed)).random_base2(int(np.ceil(np.log2(draws))))[:draws]
    first, second = points[:, :concepts], points[:, concepts:]
    mixed = []
    for concept in range(concepts):
        one = first.copy()
        one[:, concept] = second[:, concept]
        mixed.append(one)
    return np.concatenate([first, second, *mixed]).astype(np.float32)


def total_indices(values: np.ndarray, concepts: int) -> np.ndarray:
    """Sobol's total index of each concept: the share of the variance that goes with it, alone and together.

    Args:
        values: float (draws · (concepts + 2), ...), what a function gives for the rows of sobol_masks().
        concepts: how many.

    Returns:
        float64 (concept, ...); zeros where nothing varies.
    """
    draws = len(values) // (concepts + 2)
    first, second = values[:draws].astype(np.float64), values[draws : 2 * draws].astype(np.float64)
    mixed = values[2 * draws :].reshape(concepts, draws, *values.shape[1:]).astype(np.float64)
    variance = np.concatenate([first, second]).var(0)
    shares = ((first[None] - mixed) ** 2).mean(1) / 2
    return np.asarray(np.divide(shares, variance, out=np.zeros_like(shares), where=variance > 1e-12))


def importance(values: np.ndarray, concepts: int) -> np.ndarray:
    """Total indices of a function of shares in which concepts are kept; the mean over its pictures.

    Args:
        values: float (draws · (concepts + 2), picture), what it gives for the rows of sobol_masks().
        concepts: how many.

    Returns:
        float32 (concept).
    """
    return total_indices(values, concepts).mean(1).astype(np.float32)
