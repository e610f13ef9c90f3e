"""Eigen-CAM.

Muhammad and Yeasin, "Eigen-CAM: Class Activation Map using Principal Components", IJCNN 2020.
"""

import numpy as np


def eigen_cam(activations: np.ndarray) -> np.ndarray:
    """A v₁: the layer's output along its first right singular vector, A taken as (positions, channels), not centred.

    A singular vector's sign means nothing; it is chosen so that the map's sum is not negative. The published map is
    the positive part. It knows of no class.

    Args:
        activations: A, float32 (height, width, channel).

    Returns:
        float32 (height, width).
    """
    height, width, channels = activations.shape
    flat = activations.reshape(-1, channels).astype(np.float64)
    if len(flat) <= channels:  # the smaller of the two Gram matrices has the same singular values
        values, vectors = np.linalg.eigh(flat @ flat.T)
        along = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
    else:
        along = flat @ np.linalg.eigh(flat.T @ flat)[1][:, -1]
    turned = -along if along.sum() < 0 else along
    return turned.reshape(height, width).astype(np.float32)
