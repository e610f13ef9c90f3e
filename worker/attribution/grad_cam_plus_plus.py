"""Grad-CAM++.

Chattopadhay, Sarkar, Howlader, Balasubramanian, "Grad-CAM++: Generalized Gradient-Based Visual Explanations for Deep
Convolutional Networks", WACV 2018, equations 5, 14 and 19.
"""

import numpy as np


def grad_cam_plus_plus(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Σ_k w_k A^k with w_k = Σ_ij α_ij^k ReLU(∂y/∂A_ij^k); the published map is its positive part.

    α_ij^k = g² / (2 g² + Σ_ab A_ab^k g³), g = ∂y/∂A_ij^k, zero where the gradient is. The paper explains Y = exp(y),
    whose gradient is exp(y) times that of the logit y: a factor of the whole map, left out because it overflows.

    Args:
        activations: A, float32 (height, width, channel).
        gradients: of a class's logit, same shape.

    Returns:
        float32 (height, width).
    """
    squared = gradients**2
    denominator = 2 * squared + activations.sum((0, 1)) * squared * gradients
    alpha = np.divide(squared, denominator, out=np.zeros_like(gradients), where=denominator != 0)
    weights = (alpha * np.maximum(gradients, 0)).sum((0, 1))
    return activations @ weights
