"""The spectrum that maco keeps, measured on pictures of the installation."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from shared.library import ImageLibrary
from shared.library.samples import SAMPLES
from worker.ascent.phases import mean_spectrum

# Pictures are brought to this many times the spectrum's size, so that crops of them differ.
ROOM = 1.5


def photograph_spectrum(
    images: ImageLibrary, references: Sequence[str], size: tuple[int, int], channels: int
) -> np.ndarray:
    """Mean magnitude of pictures' Fourier coefficients.

    Args:
        images: the installation's pictures.
        references: which; none means the samples.
        size: height and width of the pictures to be made.
        channels: of them; other numbers than 1 and 3 get the grey spectrum in each channel.

    Returns:
        float32 (channels, height, width // 2 + 1).

    Raises:
        UnknownImage: there is no such picture.
    """
    chosen = references or [f"sample/{name}" for name in SAMPLES]
    grey = channels != 3
    spectrum = mean_spectrum([_photograph(images, name, size, grey) for name in chosen], *size)
    return spectrum if spectrum.shape[0] == channels else np.repeat(spectrum, channels, axis=0)


def _photograph(images: ImageLibrary, reference: str, size: tuple[int, int], grey: bool) -> np.ndarray:
    """float32 (height, width, 1 or 3) in [0, 1], a little larger than the size."""
    with Image.open(images.path(reference)) as opened:
        picture = opened.convert("L" if grey else "RGB")
        scale = ROOM * max(size[0] / picture.height, size[1] / picture.width)
        shape = max(size[1], round(picture.width * scale)), max(size[0], round(picture.height * scale))
        pixels = np.asarray(picture.resize(shape, Image.Resampling.LANCZOS), np.float32) / 255.0
    return pixels.reshape(*pixels.shape[:2], -1)
