"""How a photograph of any shape and any bands becomes the picture that a network takes."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from shared.images.bands import BandPicture, fit_words
from shared.images.resizing import OWN, read_resizing

# Of red, green and blue in a grey picture, as Pillow has it (ITU-R 601-2).
GREY = (0.299, 0.587, 0.114)


def sized_picture(kept: BandPicture, size: tuple[int, int], channels: int, resize: str, how: str = "") -> np.ndarray:
    """A picture in the bands that the network takes, in its size.

    Args:
        kept: a picture of colours or of bands.
        size: height and width in pixels; "own" pays no heed to it.
        channels: that the network takes; see shared.images.bands.fit_words() for what is done to other pictures.
        resize: a rule, see shared.images.resizing.
        how: pictures go into the network, for shared.images.bands.number_range().

    Returns:
        float32 (height, width, channels) in [0, 1]; of a network that takes numbers beyond that, where they are.

    Raises:
        InvalidSpec: the picture has other bands than the network takes.
    """

    rule = read_resizing(resize)

    def sized(image: Image.Image) -> Image.Image:
        if rule.way == OWN:
            return image
        if rule.way == "pad":
            return image.resize(rule.inner((image.height, image.width), size)[::-1], Image.Resampling.LANCZOS)
        top, left, _, _ = rule.box((image.height, image.width), size)
        part = image.crop((left, top, image.width - left, image.height - top)) if rule.way == "crop" else image
        return part.resize(size[::-1], Image.Resampling.LANCZOS)

    found = bands_of(kept, channels, sized, how)
    return _black_around(found, size) if rule.way == "pad" else found


def square_picture(kept: BandPicture, side: int, channels: int, how: str = "") -> np.ndarray:
    """The square in a picture's middle, cut at whole pixels: what gradient ascent begins with by the rule "crop".

    Args, returns, raises: as sized_picture(), of a size of `side` by `side` pixels.
    """

    def sized(image: Image.Image) -> Image.Image:
        short = min(image.size)
        left, top = (image.width - short) // 2, (image.height - short) // 2
        return image.crop((left, top, left + short, top + short)).resize((side, side), Image.Resampling.LANCZOS)

    return bands_of(kept, channels, sized, how)


def bands_of(
    picture: BandPicture,
    channels: int,
    sized: Callable[[Image.Image], Image.Image],
    how: str = "",
) -> np.ndarray:
    """What a network is shown of a picture, float32 (height, width, channels); `sized` brings each plane to size.

    Raises:
        InvalidSpec: the picture has other bands than the network takes.
    """
    fit_words(picture, channels)
    if picture.colours and channels in (1, 3):
        image = sized(picture.image.convert("RGB" if channels == 3 else "L"))
        return (np.asarray(image, np.float32) / 255.0).reshape(image.height, image.width, channels)
    values = picture.seen(how)
    low, high = float(values.min()), float(values.max())
    if channels == 1 and picture.bands == 3:
        values = (values @ np.array(GREY, np.float32))[..., None]
    planes = [np.asarray(sized(Image.fromarray(plane))) for plane in np.moveaxis(values, -1, 0)]
    # Lanczos overshoots at edges, where no number of the picture is.
    found = np.clip(np.stack(planes, -1), low, high)
    return found if found.shape[-1] == channels else np.repeat(found, channels, -1)


def _black_around(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture in the middle of a size that is at least as large, with zeros around it."""
    rest = [(full - have, (full - have) // 2) for full, have in zip(size, picture.shape[:2], strict=True)]
    return np.pad(picture, [*((before, total - before) for total, before in rest), (0, 0)])
