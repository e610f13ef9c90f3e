"""Numbers as grey pictures: one channel of a stage, or all of them on a sheet."""

import numpy as np

from shared.images.contact_sheet import stitch


def grey_picture(values: np.ndarray) -> np.ndarray:
    """One channel from its smallest number, black, to its largest, white; flat ones are black.

    Args:
        values: float (height, width).

    Returns:
        uint8 (height, width).
    """
    low, high = float(values.min()), float(values.max())
    scaled = (values.astype(np.float32) - low) / (high - low or 1.0)
    return np.round(scaled * 255).astype(np.uint8)


def channel_sheet(values: np.ndarray) -> np.ndarray:
    """All channels side by side, each scaled by itself.

    Args:
        values: float (height, width, channel).

    Returns:
        uint8 (height, width, 3).
    """
    count = values.shape[-1]
    return stitch({i: grey_picture(values[..., i]) for i in range(count)}, count)
