"""How a picture is written down while it is climbed. Pictures are float32, (batch, height, width, channel)."""

import numpy as np

# Chollet's start: mid-grey with a little noise, 128 ± 10 of 255. A silent channel's further starts are louder.
GREY = 0.5
NOISE = 10 / 255
LOUDER = 2.0

# Standard deviation of a shown tile. 0.1 (the blog) looks faint beside photographs; the later script's is 0.25.
SHOWN_DEVIATION = 0.25


def noise_start(size: int, channels: int, seed: int, which: int, start: int = 0) -> np.ndarray:
    """Grey noise to start from; depends on nothing but its arguments, so a batch's company does not matter.

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
    noise = random.uniform(-1.0, 1.0, (size, size, channels))
    return (GREY + NOISE * LOUDER**start * noise).astype(np.float32)


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
