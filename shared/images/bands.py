"""Pictures of any number of bands: their numbers with the range that stands for black and white, as they are kept.

Kept: b"CVB1", header length (uint32, little-endian), {"range": [low, high]}, then a .npy file. The range is part of the
bytes, so a picture with another range has another reference.
"""

import io
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from shared.errors import InvalidSpec, message

MAGIC = b"CVB1"
DTYPES = ("uint8", "uint16", "int16", "float32")
MOST_HEADER = 1024
# A photograph in whole numbers has a pixel as bright as this.
BRIGHT = 64
# What a page shows of many bands: the first three as red, green and blue.
USUAL_BANDS = (1, 2, 3)


@dataclass(frozen=True)
class BandPicture:
    """A picture as an array.

    Attributes:
        values: uint8, uint16, int16 or float32 (height, width, band).
        low, high: what stands for black and for white.
        colours: whether it is a picture file of 8 bits: grey, RGB or RGBA.
    """

    values: np.ndarray
    low: float
    high: float
    colours: bool = False

    @property
    def bands(self) -> int:
        """How many."""
        return int(self.values.shape[-1])

    def unit(self, low: float | None = None, high: float | None = None, clip: bool = True) -> np.ndarray:
        """float32 (height, width, band): 0 for black, 1 for white, of the picture's range or another one."""
        first, last = (self.low, self.high) if low is None or high is None else (low, high)
        found = (self.values.astype(np.float32) - np.float32(first)) / np.float32(last - first)
        return np.clip(found, 0.0, 1.0) if clip else found

    def seen(self, how: str = "") -> np.ndarray:
        """What a network is shown: unit(), or, of one that takes numbers as they stand, those over its own range.

        Args:
            how: pictures go into it; see number_range().
        """
        if self.colours:
            return self.unit()
        if learnt := learnt_range(how):
            return self.unit(*learnt)
        numbers = number_range(how)
        return self.unit() if numbers is None else self.unit(*numbers, clip=False)

    def shown(self, bands: Sequence[int] = ()) -> Image.Image:
        """RGB or grey, as pages show it; see shown_bands()."""
        if self.colours:
            return self.image
        values = self.unit()
        return Image.fromarray(shown_bands(np.rint(stretched(values) * 255).astype(np.uint8), bands))

    @cached_property
    def image(self) -> Image.Image:
        """A picture file of 8 bits: RGB or L, on white where it is transparent."""
        if self.bands == 1:
            return Image.fromarray(self.values[..., 0])
        opened = Image.fromarray(self.values)
        if self.bands == 3:
            return opened
        white = Image.new("RGBA", opened.size, "white")
        return Image.alpha_composite(white, opened).convert("RGB")

    @property
    def words(self) -> str:
        """What it is, for people."""
        if self.colours:
            return {1: "grey", 3: "RGB", 4: "RGBA"}[self.bands]
        bands = "1 band" if self.bands == 1 else f"{self.bands} bands"
        return f"{bands}, {self.values.dtype}, {self.low:.9g} is black and {self.high:.9g} is white"


def number_range(how: str) -> tuple[float, float] | None:
    """What black and white stand for, where a network takes numbers as they stand in a file of bands; None elsewhere.

    Args:
        how: pictures go into it, "0..4095".

    So it is where it was made for more than the 256 values of a photograph: 0..4095, 0..10000, 0..65535.
    """
    low, apart, high = how.partition(" ")[0].partition("..")
    ends = (float(low), float(high)) if apart else (0.0, 1.0)
    return ends if ends[1] - ends[0] > 256 else None


def learnt_range(how: str) -> tuple[float, float] | None:
    """Which numbers of a file are black and white for a network that learnt so, "0..1 of 0..10000"; None elsewhere."""
    words = how.split(" ")
    if words[1:2] != ["of"]:
        return None
    low, _, high = words[2].partition("..")
    return float(low), float(high)


def stretched(values: np.ndarray) -> np.ndarray:
    """What is shown of bands that are no colours: the smallest value black, the largest white.

    Args:
        values: float32 (height, width, band); of one or three bands they are left alone, but cut to [0, 1].

    Returns:
        float32 in [0, 1], the same shape.
    """
    if values.shape[-1] in (1, 3):
        return np.clip(values, 0.0, 1.0)
    low, high = float(values.min()), float(values.max())
    return np.clip((values - low) / (high - low or 1.0), 0.0, 1.0)


def shown_bands(values: np.ndarray, bands: Sequence[int] = ()) -> np.ndarray:
    """Three bands as red, green and blue, or one as grey.

    Args:
        values: (height, width, band).
        bands: numbers from 1, three or one; where there are none, or fewer than they say, the first three, and the
            first of two.

    Returns:
        (height, width, 3) or (height, width).
    """
    chosen = usable_bands(bands, values.shape[-1])
    return values[..., chosen[0] - 1] if len(chosen) == 1 else values[..., [band - 1 for band in chosen]]


def usable_bands(bands: Sequence[int], count: int) -> tuple[int, ...]:
    """The wanted bands where there are that many; else the first three of three or more, and the first of fewer."""
    if len(bands) in (1, 3) and all(1 <= band <= count for band in bands):
        return tuple(bands)
    return USUAL_BANDS if count >= len(USUAL_BANDS) else (1,)


def read_bands(text: str) -> tuple[int, ...]:
    """Bands of a text, "5,3,1" or "5"; () for anything else."""
    words = text.split(",")
    if len(words) not in (1, 3) or not all(word.isascii() and word.isdigit() and len(word) < 5 for word in words):
        return ()
    return tuple(map(int, words))


def with_range(values: np.ndarray, text: str = "") -> BandPicture:
    """Numbers with what stands for black and white.

    Args:
        values: of one of DTYPES, (height, width, band).
        text: "" or "own" for the type's own range (of fractions 0..1, where all lie within, and 0..255, where they
            begin and end with whole numbers of a photograph; of integers with a sign 0..32767, where none is
            negative), "minmax" for the smallest and largest value, or "LOW,HIGH".

    Raises:
        InvalidSpec: the text is no range.
    """
    return BandPicture(values, *range_of(values.dtype, (float(values.min()), float(values.max())), text))


def range_of(dtype: np.dtype[Any], ends: tuple[float, float], text: str = "") -> tuple[float, float]:
    """What stands for black and white, as with_range() says; `ends` are the smallest and the largest number.

    Raises:
        InvalidSpec: the text is no range.
    """
    low, high = _own_range(dtype, ends) if text in ("", "own") else ends if text == "minmax" else _read_range(text)
    return low, high if high > low else low + 1.0


def _own_range(dtype: np.dtype[Any], ends: tuple[float, float]) -> tuple[float, float]:
    if dtype.kind == "u":
        return 0.0, float(np.iinfo(dtype).max)
    if dtype.kind == "i":
        return (0.0 if ends[0] >= 0 else float(np.iinfo(dtype).min)), float(np.iinfo(dtype).max)
    if ends[0] >= 0 and ends[1] <= 1:
        return 0.0, 1.0
    whole = ends[0] >= 0 and BRIGHT <= ends[1] <= 255 and all(end.is_integer() for end in ends)
    return (0.0, 255.0) if whole else ends


def _read_range(text: str) -> tuple[float, float]:
    try:
        low, high = map(float, text.replace("..", ",").split(","))
    except ValueError:
        low = high = 0.0
    if not (low < high and np.isfinite([low, high]).all() and max(abs(low), abs(high)) <= 1e9):
        advice = "Write the number that is black and the one that is white, as in 0,4095; or own, or minmax."
        raise InvalidSpec(message("a range LOW,HIGH", text[:80], advice))
    return low, high


def encode_bands(picture: BandPicture) -> bytes:
    """The bytes that are kept of a picture."""
    head = json.dumps({"range": [picture.low, picture.high]}).encode()
    file = io.BytesIO()
    np.lib.format.write_array(file, np.ascontiguousarray(picture.values), (1, 0), allow_pickle=False)
    return b"".join([MAGIC, struct.pack("<I", len(head)), head, file.getvalue()])


def open_picture(source: Path | bytes) -> BandPicture:
    """A picture that is kept: a file of encode_bands(), or a PNG, JPEG or WebP file.

    Raises:
        ValueError, OSError: it is neither, or damaged.
    """
    data = source if isinstance(source, bytes) else source.read_bytes()
    if data[:4] != MAGIC:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as opened:
            mode = opened.mode if opened.mode in ("L", "RGB", "RGBA") else "RGB"
            pixels = np.asarray(opened.convert(mode))
        return BandPicture(pixels[..., None] if pixels.ndim == 2 else pixels, 0.0, 255.0, colours=True)
    (length,) = struct.unpack("<I", data[4:8])
    if length > MOST_HEADER:
        raise ValueError("a picture of bands is damaged")
    low, high = json.loads(data[8 : 8 + length])["range"]
    return BandPicture(decode_npy(data[8 + length :]), float(low), float(high))


def bare_picture(path: Path) -> BandPicture:
    """What a kept picture is, without its pixels: its bands, their type and range, of one pixel.

    Raises:
        ValueError, OSError: as open_picture() does.
    """
    with path.open("rb") as file:
        if file.read(4) != MAGIC:
            with Image.open(path, formats=("PNG", "JPEG", "WEBP")) as opened:
                bands = {"L": 1, "RGBA": 4}.get(opened.mode, 3)
            return BandPicture(np.zeros((1, 1, bands), np.uint8), 0.0, 255.0, colours=True)
        (length,) = struct.unpack("<I", file.read(4))
        if length > MOST_HEADER:
            raise ValueError("a picture of bands is damaged")
        low, high = json.loads(file.read(length))["range"]
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    return BandPicture(np.zeros((1, 1, shape[-1]), dtype), float(low), float(high))


def decode_npy(data: bytes) -> np.ndarray:
    """The numbers of a .npy file of ours.

    Raises:
        ValueError: it is damaged.
    """
    return np.asarray(np.lib.format.read_array(io.BytesIO(data), allow_pickle=False))


def fit_words(picture: BandPicture, channels: int) -> str:
    """What happens to a picture's bands on their way into a network, for people; "" where nothing does.

    Args:
        picture: any.
        channels: that the network takes.

    Raises:
        InvalidSpec: the picture has other bands.
    """
    have = picture.bands
    if have == channels:
        return ""
    if picture.colours and have == 4 and channels in (1, 3):
        return "Transparent places are shown to the network as white."
    if channels == 3 and have == 1:
        return "The picture is grey: the network is shown the same values as red, green and blue."
    if channels == 1 and have == 3:
        return "The network takes one band: the picture's colours are made grey."
    four = "a PNG with transparency (RGBA; in a data set, added with it kept), " if channels == 4 else ""
    advice = (
        f"Give {four}a .npy file (height, width, {channels}) or a TIFF of {channels} bands."
        if channels not in (1, 3)
        else "Give an ordinary picture, or choose a network for these bands."
    )
    raise InvalidSpec(message(f"a picture of {_bands(channels)}, as the network takes", _received(picture), advice))


def _bands(count: int) -> str:
    return "1 band" if count == 1 else f"{count} bands"


def _received(picture: BandPicture) -> str:
    return f"{_bands(picture.bands)} ({picture.words})" if picture.colours else _bands(picture.bands)
