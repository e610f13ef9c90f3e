"""LayerCAM.

Jiang, Zhang, Hou, Cheng, Wei, "LayerCAM: Exploring Hierarchical Class Activation Maps for Localization", IEEE
Transactions on Image Processing 30, 2021, equations 6 and 7.
"""

import numpy as np


def layer_cam(activations: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    """Σ_k ReLU(∂y/∂A^k) · A^k at each position; the published map is its positive part.

    Args:
        activations: A, float32 (height, width, channel).
        gradients: of a class's logit, same shape.

    Returns:
        float32 (height, width).
    """
    return np.einsum("hwk,hwk->hw", activations, np.maximum(gradients, 0))
