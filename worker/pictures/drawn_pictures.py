"""Optimized pictures as people see them: in one or three colours, whole grey levels, small along the way."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from PIL import Image

from shared.analyses.band_arrays import BANDS
from shared.images.bands import shown_bands, stretched
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
        uint8 (frame, height, width) of one channel, else (frame, height, width, channel); see shown_frames().
    """
    return np.stack([small_frame(to_uint8(picture), (side, side)) for picture in pictures])


def small_frame(pixels: np.ndarray, box: tuple[int, int]) -> np.ndarray:
    """A picture, uint8 (height, width) or (height, width, channel), at most as wide and as high as a box."""
    if pixels.ndim == 3 and pixels.shape[-1] != 3:
        planes = np.moveaxis(pixels, -1, 0)
        return np.stack([small_frame(np.ascontiguousarray(plane), box) for plane in planes], -1)
    image = Image.fromarray(pixels)
    image.thumbnail(box, Image.Resampling.BICUBIC)
    return np.asarray(image)


def shown_frames(frames: np.ndarray) -> np.ndarray:
    """Frames as people see them, uint8 (frame, height, width, 3) or (frame, height, width): of others than one or three
    channels the first ones."""
    return frames if _grey_or_rgb(frames) else shown_bands(frames)


def add_frame_bands(arrays: Any, name: str, frames: np.ndarray) -> None:
    """Put all bands of an animation beside it, where those are neither one nor three.

    Args:
        arrays: of the part, changed.
        name: of the animation in it.
        frames: uint8, see small_frames().
    """
    if not _grey_or_rgb(frames):
        arrays[name + BANDS] = frames


def _grey_or_rgb(frames: np.ndarray) -> bool:
    return frames.ndim == 3 or frames.shape[-1] == 3
