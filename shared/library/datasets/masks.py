"""Masks of a data set: which class each pixel of a picture is of."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from shared.errors import RefusedUpload, message, reason
from shared.library.datasets.decode import FORMATS, wrong_size
from shared.uploads.images import png_bytes
from shared.uploads.targets import NO_CLASS

MOST_VALUES = 255
# Above, gaps between the values are rather chosen levels than classes that happen not to occur.
MOST_RUNNING = 64
_ADVICE = "A mask has one value or colour for each class: export it as PNG, without blurred edges."


@dataclass(frozen=True)
class DecodedMask:
    """A mask file.

    Attributes:
        values: what its pixels hold, each once: grey levels, places in the palette, or colours as one number.
        places: uint8 (height, width), place in `values` of each pixel.
        problem: why it cannot be used; "" where it can.
    """

    values: tuple[int, ...] = ()
    places: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    problem: str = ""


def decode_mask(data: bytes, size: tuple[int, int]) -> DecodedMask:
    """Decode a mask once.

    Args:
        data: bytes of a picture file.
        size: width and height of its picture, in pixels.

    Returns:
        What was found; never raises for what a file may hold.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if problem := wrong_size(*opened.size):
                return DecodedMask(problem=f"its mask has {problem}")
            if opened.size != size:
                words = f"its mask has {opened.width} × {opened.height} pixels, the picture {size[0]} × {size[1]}"
                return DecodedMask(problem=words)
            values = _values(opened)
    # As in decode_picture().
    except Exception as error:
        return DecodedMask(problem=f"its mask cannot be decoded: {reason(error)}")
    found, places = np.unique(values, return_inverse=True)
    if len(found) > MOST_VALUES:
        return DecodedMask(problem=f"its mask has {len(found):,} values, more than classes")
    return DecodedMask(tuple(map(int, found)), places.reshape(values.shape).astype(np.uint8))


def _values(image: Image.Image) -> np.ndarray:
    """int64 (height, width): grey level, place in the palette, or red, green and blue as one number."""
    lossy = image.format == "JPEG"
    if image.mode in ("1", "L", "P", "I", "I;16", "I;16B") and not lossy:
        return np.asarray(image).astype(np.int64)
    if image.mode in ("LA", "L") or lossy:
        # Between the two values of a mask JPEG makes others.
        return np.where(np.asarray(image.convert("L")) >= 128, 255, 0) if lossy else np.asarray(image)[..., 0]
    red, green, blue = np.moveaxis(np.asarray(image.convert("RGB")).astype(np.int64), -1, 0)
    grey = (red == green) & (green == blue)
    return red if grey.all() else (red << 16) | (green << 8) | blue


@dataclass
class MaskValues:
    """The values of all masks of a data set, and which class each is.

    Masks are kept as PNG of one byte a pixel: a place in `values`, which grows while they are read.
    """

    values: list[int] = field(default_factory=list)

    def stored(self, mask: DecodedMask) -> bytes:
        """A PNG of a mask.

        Raises:
            RefusedUpload: there are more values than classes can be.
        """
        self.values += [value for value in mask.values if value not in self.values]
        if len(self.values) > MOST_VALUES:
            raise RefusedUpload(message(f"at most {MOST_VALUES} classes in masks", f"{len(self.values)}", _ADVICE))
        places = np.array([self.values.index(value) for value in mask.values], np.uint8)
        return png_bytes(Image.fromarray(places[mask.places]))

    def classes(self, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Names of the classes, and the class of each value; NO_CLASS where it is none.

        0 and 255 are two classes. Small values are numbers of classes from 0, or from 1 where 0 never occurs, and 255
        beside them marks pixels of none. Others are numbered in their order.

        Args:
            names: of the classes, where a file lists them; () where not.

        Raises:
            RefusedUpload: another number of names than of classes.
        """
        there = sorted(self.values)
        inner = [value for value in there if value != NO_CLASS] if len(there) > 2 else there
        running = there != [0, NO_CLASS] and inner[-1] < max(MOST_RUNNING, len(names))
        start = int(inner[0] == 1)
        classes = list(range(start, max(inner[-1] + 1, start + len(names)))) if running else there
        if names and len(names) == 1 and len(classes) == 2:
            names = ("background", *names)
        if names and len(names) != len(classes):
            raise RefusedUpload(message(f"names of the {len(classes)} classes in the masks", f"{len(names)}", _ADVICE))
        usual = ("background", "object") if len(classes) == 2 else tuple(map(_name, classes))
        numbers = {value: number for number, value in enumerate(classes)}
        return tuple(names) or usual, tuple(numbers.get(value, NO_CLASS) for value in self.values)


def _name(value: int) -> str:
    return str(value) if value < 65_536 else f"#{value:06x}"
