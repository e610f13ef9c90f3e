"""HiResCAM.

Draelos and Carin, "Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural networks", 2020.
"""

import numpy as np


def hires_cam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Σ_k A^k · ∂y/∂A^k at each position, signed: what the layer gives to the logit where the rest is linear.

    Args:
        activations: A, float32 (height, width, channel).
        gradients: of a class's logit, same shape.

    Returns:
        float32 (height, width).
    """
    return np.einsum("hwk,hwk->hw", activations, gradients)
