"""Optimized pictures as people see them: in one or three colours, whole grey levels, small along the way."""

from collections.abc import Iterable

import numpy as np
from PIL import Image

from worker.networks.preprocessing import to_uint8


def drawable(picture: np.ndarray) -> np.ndarray:
    """The first three channels of a picture with more; two are shown as grey.

    Args:
        picture: float32 (height, width, channel).

    Returns:
        float32 (height, width, 3) or (height, width, 1).
    """
    return picture[..., :3] if picture.shape[-1] >= 3 else picture[..., :1]


def small_frames(pictures: Iterable[np.ndarray], side: int) -> np.ndarray:
    """Pictures as frames of an animation, their longer side at most `side` pixels.

    Args:
        pictures: float32 (height, width, channel) in [0, 1].
        side: in pixels.

    Returns:
        uint8 (frame, height, width, 3) or (frame, height, width).
    """
    frames = []
    for picture in pictures:
        image = Image.fromarray(to_uint8(drawable(picture)))
        image.thumbnail((side, side), Image.Resampling.BICUBIC)
        frames.append(np.asarray(image))
    return np.stack(frames)
