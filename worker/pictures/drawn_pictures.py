"""Optimized pictures as people see them: in one or three colours, whole grey levels, small along the way."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from PIL import Image

from shared.analyses.band_arrays import BANDS
from shared.images.bands import stretched
from worker.networks.preprocessing import to_uint8


def drawable(picture: np.ndarray) -> np.ndarray:
    """The first three channels of a picture with more; two are shown as grey.

    Args:
        picture: float32 (height, width, channel).

    Returns:
        float32 (height, width, 3) or (height, width, 1).
    """
    return picture[..., :3] if picture.shape[-1] >= 3 else picture[..., :1]


def add_bands(arrays: Any, name: str, picture: np.ndarray, *, optimized: bool = False) -> None:
    """Put all bands of a picture beside what is encoded of it, where those are neither one nor three.

    Args:
        arrays: of the part, changed.
        name: of the picture in the part.
        picture: float32 (height, width, channel).
        optimized: whether it was made in [0, 1], and is drawn so; else it is drawn as shown_picture() draws it.
    """
    if picture.shape[-1] not in (1, 3):
        arrays[name + BANDS] = to_uint8(picture if optimized else stretched(picture))


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
