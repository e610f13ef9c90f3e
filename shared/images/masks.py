"""A mask of classes laid over its picture."""

import colorsys

import numpy as np
from PIL import Image

STRENGTH = 0.55
# So far apart that neighbours in number are no neighbours in hue.
GOLDEN = 0.61803398875


def class_colour(number: int) -> tuple[int, int, int]:
    """The colour of a class, RGB 0 to 255; the same in every picture."""
    red, green, blue = colorsys.hsv_to_rgb((0.48 + (number - 1) * GOLDEN) % 1.0, 0.85, 0.95)
    return round(255 * red), round(255 * green), round(255 * blue)


def mask_over(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A picture with every class of a mask in its colour; class 0 and what is none are left as they are.

    Args:
        picture: uint8 (height, width, 3) or (height, width).
        mask: int (rows, columns), numbers of classes; enlarged to the picture by its nearest positions.

    Returns:
        uint8 (height, width, 3).
    """
    base = np.repeat(picture[..., None], 3, -1) if picture.ndim == 2 else picture
    classes = np.asarray(Image.fromarray(mask.astype(np.int32)).resize(base.shape[1::-1], Image.Resampling.NEAREST))
    laid = base.astype(np.float32)
    for number in np.unique(classes[classes > 0]):
        there = classes == number
        laid[there] = (1 - STRENGTH) * laid[there] + STRENGTH * np.array(class_colour(int(number)), np.float32)
    return np.round(laid).astype(np.uint8)
