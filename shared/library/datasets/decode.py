"""One picture file, decoded once: can it be read, its digest, its difference hash, and the bytes that are kept."""

import hashlib
import io
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from shared.errors import RefusedUpload, reason
from shared.library.datasets.band_sets import npy_bytes
from shared.library.datasets.card import PIXEL_DIGEST
from shared.uploads.band_files import NPY, read_npy
from shared.uploads.images import MAX_PIXELS, MAX_SIDE, MIN_SIDE, plain_picture, png_bytes
from shared.uploads.tiff_bands import STARTS as TIFF
from shared.uploads.tiff_bands import tiff_bands
from shared.uploads.whole_png import is_whole_png

# A picture of too many pixels is refused below, by its name and in our words, before it is decoded.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "AVIF")
# Modes in which TensorFlow's decoders and Pillow see the same pixels; all else is written anew as PNG. So is a PNG that
# Pillow forgives something: what was accepted here is decoded wherever it is used. Of JPEGs both forgive the same.
_SAME = {"JPEG": ("RGB", "L"), "PNG": ("RGB", "L")}
_ORIENTATION = 0x0112


@dataclass(frozen=True)
class DecodedPicture:
    """What is found in a picture file.

    Attributes:
        data: bytes to keep: the file as it was, or a PNG of the same pixels, upright, on white.
        digest, difference_hash, width, height, mode: see shared.library.datasets.card.Picture.
        format: of the file as it was, in Pillow's words.
        frames: whether there are more than the first, which is taken.
        brightest: largest value of a picture of 16 bits, where 65,535 is taken for white; 0 for others.
        problem: why it cannot be used; "" where it can.
        bands, dtype, ends: of a picture of numbers, with its smallest and its largest; 0 and "" of others.
    """

    data: bytes = b""
    digest: str = ""
    difference_hash: str = ""
    width: int = 0
    height: int = 0
    mode: str = ""
    format: str = ""
    frames: bool = False
    brightest: int = 0
    problem: str = ""
    bands: int = 0
    dtype: str = ""
    ends: tuple[float, float] = (0.0, 255.0)


def decode_picture(data: bytes, deep: bool = False, transparency: bool = False) -> DecodedPicture:
    """Decode a picture file once.

    Args:
        data: bytes of a PNG, JPEG, WebP, BMP, GIF, TIFF, AVIF or .npy file.
        deep: whether grey of 16 bits stays numbers; else it becomes 8 bits, as pictures among which it lies are.
        transparency: whether a picture of 8 bits becomes numbers of four bands, red, green, blue and how opaque it is;
            else transparent places become white.

    Returns:
        What was found; never raises for what a file may hold.
    """
    if (numbers := _decode_numbers(data, deep)) is not None:
        return numbers
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if problem := wrong_size(*opened.size):
                return DecodedPicture(problem=problem)
            mode, kind = opened.mode, str(opened.format)
            if deep and mode.startswith("I"):
                return _as_numbers(np.clip(np.asarray(opened, np.int64), 0, 65_535).astype(np.uint16)[..., None])
            if transparency and not mode.startswith("I"):
                return _as_numbers(np.asarray(ImageOps.exif_transpose(opened).convert("RGBA")))
            frames = bool(getattr(opened, "is_animated", False))
            as_it_is = mode in _SAME.get(kind, ()) and not frames and not _is_special(opened)
            image = plain_picture(opened)
            brightest = int(np.asarray(opened).max()) if mode.startswith("I") else 0
    # Pillow's parsers raise a dozen unrelated classes on damaged files, DecompressionBombError among them.
    except Exception as error:
        words = reason(error)
        return DecodedPicture(
            problem="cannot be decoded" if "cannot identify" in words else f"cannot be decoded: {words}"
        )
    kept = data if as_it_is and (kind != "PNG" or is_whole_png(data)) else png_bytes(image)
    return DecodedPicture(kept, pixel_digest(image), difference_hash(image), image.width, image.height, mode, kind,
                          frames, brightest)  # fmt: skip


def _decode_numbers(data: bytes, deep: bool) -> DecodedPicture | None:
    """A picture of numbers; None for one that Pillow opens: of 8 bits, and grey of 16."""
    try:
        values = read_npy(data) if data.startswith(NPY) else tiff_bands(data) if data.startswith(TIFF) else None
    except RefusedUpload as error:
        return DecodedPicture(problem=f"cannot be read: {error}")
    if values is None:
        return None
    shallow = values.dtype == np.uint8 or not deep
    if values.shape[-1] == 1 and values.dtype.kind == "u" and shallow and not data.startswith(NPY):
        return None
    return _as_numbers(values)


def _as_numbers(values: np.ndarray) -> DecodedPicture:
    """A picture that is kept as its numbers, (height, width, band)."""
    ends = float(values.min()), float(values.max())
    dtype, (height, width, bands) = values.dtype.name, values.shape
    head = f"{dtype} {values.shape} ".encode()
    # One grey picture of all bands: what looks alike in it looks alike.
    grey = ((values.mean(-1) - ends[0]) / (ends[1] - ends[0] or 1) * 255).astype(np.uint8)
    return DecodedPicture(
        npy_bytes(values), hashlib.sha256(head + values.tobytes()).hexdigest()[:PIXEL_DIGEST],
        difference_hash(Image.fromarray(grey)), width, height, f"{bands} x {dtype}", "numbers",
        bands=bands, dtype=dtype, ends=ends,
    )  # fmt: skip


def wrong_size(width: int, height: int) -> str:
    """Why a picture of this size is not decoded; "" where it is."""
    if min(width, height) < MIN_SIDE:
        return f"{width} x {height} pixels, where at least {MIN_SIDE} a side are needed"
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        return f"{width:,} x {height:,} pixels, where at most {MAX_PIXELS:,} in all are allowed"
    return ""


def _is_special(image: Image.Image) -> bool:
    """Turned by a note of the camera, or transparent."""
    turned = image.getexif().get(_ORIENTATION, 1) != 1
    return bool(turned or image.has_transparency_data)


def pixel_digest(image: Image.Image) -> str:
    """32 hex digits over mode, size and pixels: the same for every file that decodes to the same picture."""
    head = f"{image.mode} {image.width} {image.height} ".encode()
    return hashlib.sha256(head + image.tobytes()).hexdigest()[:PIXEL_DIGEST]


def difference_hash(image: Image.Image) -> str:
    """32 hex digits: of each pixel of a 9 × 8 thumbnail, whether it is brighter than the one to its right; then the
    same of an 8 × 9 thumbnail and the pixel below.

    The "difference hash" of N. Krawetz, "Kind of like that", 2013: scaling and another JPEG quality change few bits.
    """
    grey = image.convert("L")
    right = np.asarray(grey.resize((9, 8), Image.Resampling.BOX))
    below = np.asarray(grey.resize((8, 9), Image.Resampling.BOX))
    signs = np.concatenate([(right[:, :-1] > right[:, 1:]).ravel(), (below[:-1] > below[1:]).ravel()])
    return np.packbits(signs).tobytes().hex()
