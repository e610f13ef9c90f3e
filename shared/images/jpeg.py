"""Pictures as JPEG: one way for all that is drawn smaller or sent many at a time."""

import io

import numpy as np
from PIL import Image

QUALITY = 88


def jpeg_bytes(picture: np.ndarray | Image.Image, quality: int = QUALITY) -> bytes:
    """A picture as JPEG in RGB.

    Args:
        picture: uint8 (height, width, 3) or (height, width), or an image of any mode.
        quality: of Pillow's.

    Returns:
        With colours as sharp as lightness (4:4:4), for pictures made by ascent carry their detail in colour.
    """
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    out = io.BytesIO()
    image.convert("RGB").save(out, format="JPEG", quality=quality, subsampling=0)
    return out.getvalue()
