"""How a picture is written down while it is climbed. Pictures are float32, (batch, height, width, channel)."""

import numpy as np
from PIL import Image

# Chollet's start: mid-grey with a little noise, 128 ± 10 of 255.
GREY = 0.5
NOISE = 10 / 255
# Further starts of a silent channel: coloured blobs, an eighth of the picture wide, then twice that, ...
# Of 96 channels each of InceptionV3 mixed2, mixed4 and VGG16 block3_conv1, two starts with louder noise left 5, 15
# and 6 dead, two with blobs 0, 4 and 0. Faint blobs first: they wake most and hardly show in the tile.
BLOBS = (0.08, 0.2, 0.35)
BLOB_SIDE = 8

# Standard deviation of a shown tile. 0.1 (the blog) looks faint beside photographs; the later script's is 0.25.
SHOWN_DEVIATION = 0.25


def noise_start(size: int, channels: int, seed: int, which: int, start: int = 0) -> np.ndarray:
    """Grey noise to start from, coloured blobs for further starts.

    Depends on nothing but its arguments, so that a tile does not depend on its batch's company.

    Args:
        size: height and width in pixels.
        channels: of the picture.
        seed: of the run.
        which: the channel that is climbed.
        start: 0, then 1, 2, ... for further starts.

    Returns:
        float32 (size, size, channels), about 0.5.
    """
    random = np.random.default_rng([seed, which, start])
    noise = random.uniform(-1.0, 1.0, (size, size, channels)).astype(np.float32)
    picture = GREY + NOISE * noise
    if start > 0:
        side = max(2, size // (BLOB_SIDE * 2 ** (start - 1)))
        picture += BLOBS[min(start, len(BLOBS)) - 1] * _enlarged(
            random.uniform(-1.0, 1.0, (side, side, channels)).astype(np.float32), size
        )
    return picture


def _enlarged(grid: np.ndarray, size: int) -> np.ndarray:
    """A small float32 grid drawn out to (size, size, channel), smoothly."""
    shape, way = (size, size), Image.Resampling.BICUBIC
    return np.stack([np.asarray(Image.fromarray(plane).resize(shape, way)) for plane in np.moveaxis(grid, -1, 0)], -1)


def shown_noise_picture(picture: np.ndarray) -> np.ndarray:
    """Centre an ascended picture on grey with a fixed contrast, as the readings show theirs.

    Args:
        picture: float32 (height, width, channel), any range.

    Returns:
        float32 in [0, 1]; flat grey for a flat picture, never NaN.
    """
    centred = picture - picture.mean()
    deviation = centred.std()
    if deviation < 1e-6:
        return np.full_like(picture, GREY)
    return np.clip(GREY + centred / deviation * SHOWN_DEVIATION, 0.0, 1.0)
