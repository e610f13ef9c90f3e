"""How a photograph of any shape becomes the picture that a network takes."""

from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

Resize = Literal["crop", "fit", "own"]


def sized_picture(path: Path, size: tuple[int, int], channels: int, resize: Resize) -> np.ndarray:
    """Open a picture, grey or in colour as the network takes it, in its size.

    Args:
        path: PNG, JPEG or WebP.
        size: height and width in pixels; "own" pays no heed to it.
        channels: 1 for grey, 3 for RGB; of another number, grey is repeated.
        resize: "crop" cuts the middle to the size's proportions first, "fit" squeezes all of it.

    Returns:
        float32 (height, width, channels) in [0, 1].
    """
    with Image.open(path, formats=("PNG", "JPEG", "WEBP")) as opened:
        image = opened.convert("RGB" if channels == 3 else "L")
        if resize == "crop":
            image = image.crop(_middle(image.size, size))
        if resize != "own":
            image = image.resize(size[::-1], Image.Resampling.LANCZOS)
        pixels = np.asarray(image, np.float32) / 255.0
    return pixels if channels == 3 else np.repeat(pixels[..., None], channels, axis=-1)


def _middle(have: tuple[int, int], size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the largest part in the middle that has the size's proportions."""
    width, height = have
    scale = min(width / size[1], height / size[0])
    left, top = (width - scale * size[1]) / 2, (height - scale * size[0]) / 2
    return left, top, width - left, height - top
