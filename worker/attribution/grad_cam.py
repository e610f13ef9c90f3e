"""Grad-CAM.

Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra, "Grad-CAM: Visual Explanations from Deep Networks via
Gradient-based Localization", ICCV 2017, equations 1 and 2.
"""

import numpy as np


def grad_cam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Σ_k α_k A^k with α_k = mean over positions of ∂y/∂A^k; the published map is its positive part.

    Args:
        activations: A, float32 (height, width, channel).
        gradients: ∂y/∂A of a class's logit y, same shape.

    Returns:
        float32 (height, width).
    """
    return activations @ gradients.mean((0, 1))
