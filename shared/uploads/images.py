"""What a picture must satisfy before anything keeps it: a clean PNG of its first frame, or its numbers.

Kept as numbers (see shared.images.bands): .npy files, TIFF files that are no ordinary picture, grey of 16 bits.
"""

from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from shared.bounds import claims_too_much
from shared.errors import InvalidSpec, RefusedUpload, message, reason
from shared.images.bands import encode_bands, with_range
from shared.uploads.band_files import MAX_PIXELS, MAX_SIDE, MIN_SIDE, NPY, read_npy
from shared.uploads.tiff_bands import STARTS as TIFF
from shared.uploads.tiff_bands import tiff_bands

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF")
MAX_FRAMES = 1_000
_ORIENTATION = 0x0112

_EXPORT = "Open it in a picture program and export it as PNG or JPEG."
# First bytes of files that people take for pictures (or rename into them), for the message only.
_OTHER_FORMATS = {
    b"SIMPLE  =": "a FITS file",
    b"GIF8": "a GIF file",
    b"%PDF": "a PDF file",
    b"BM": "a BMP file",
    b"<svg": "an SVG drawing",
    b"<?xml": "an XML file, perhaps an SVG drawing",
    b"PK\x03\x04": "a zip archive",
}
_MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"RIFF", *TIFF, NPY)


def check_image(data: bytes, limit: int, span: str = "") -> bytes:
    """Check an uploaded picture and write it anew.

    Args:
        data: bytes of a PNG, JPEG, WebP, TIFF or .npy file.
        limit: largest size of the file, in bytes.
        span: what stands for black and white, "0,4095", "own" or "minmax"; see shared.images.bands.with_range(). ""
            leaves pictures of 8 bits as they are.

    Returns:
        Bytes of a PNG, uint8, RGB, RGBA or (for grey pictures) L: the first frame, upright, without metadata such as
        the place where it was taken. Of numbers of other types, or where a span is given: see
        shared.images.bands.encode_bands().

    Raises:
        RefusedUpload: the file is no such picture, damaged, too large or too small.
        InvalidSpec: the span is none.
    """
    _check_bytes(data, limit)
    try:
        values = read_npy(data) if data.startswith(NPY) else tiff_bands(data) if data.startswith(TIFF) else None
        if values is None:
            image = _plain_image(data)
            if not (span or image.mode.startswith("I")):
                return png_bytes(image)
            values = _numbers(image)
        return encode_bands(with_range(values, span))
    except (RefusedUpload, InvalidSpec):
        raise
    # Pillow's parsers raise a dozen unrelated classes on damaged files; none may reach the person.
    except Exception as error:
        raise RefusedUpload(_damaged(data, error)) from error


def changes_of(data: bytes) -> str:
    """What is changed of a picture file of 8 bits before it is kept, in a sentence; "" where nothing is.

    Args:
        data: bytes of a file that check_image() takes.
    """
    with _open(data) as image:
        modes = {"CMYK": "CMYK", "YCbCr": "YCbCr", "LAB": "Lab", "P": "a palette", "PA": "a palette"}
        mode, frames = modes.get(image.mode), getattr(image, "n_frames", 1)
        deep = any(isinstance(args := tile[3], str) and ";16" in args for tile in getattr(image, "tile", ()))
        found = [
            f"the first of {frames} frames" if frames > 1 else "",
            "turned upright, as its camera noted" if image.getexif().get(_ORIENTATION, 1) in range(2, 9) else "",
            f"{mode} made colours" if mode else "",
            "two colours made grey" if image.mode == "1" else "",
            "16 bits a colour kept as 8" if deep and not image.mode.startswith("I") else "",
            "transparent places made white" if image.mode in ("LA", "La") or (image.mode in ("L", "1") and
                                                                              image.has_transparency_data) else "",
        ]  # fmt: skip
    said = ", ".join(filter(None, found))
    return f"Of the file: {said}." if said else ""


def _plain_image(data: bytes) -> Image.Image:
    """The first frame of a file, upright: RGB, RGBA, L, or grey of 16 bits as I;16."""
    with _open(data) as image:
        _check_size(image, len(data))
        image.verify()
    # verify() leaves the file unusable, so the pixels come from a second opening.
    with _open(data) as image:
        upright = _upright(_first_frame(image))
    if upright.mode.startswith("I"):
        return upright
    transparent = upright.has_transparency_data and upright.mode not in ("LA", "La", "L", "1")
    return upright.convert("RGBA") if transparent else _flatten(upright)


def _numbers(image: Image.Image) -> np.ndarray:
    """uint8 or uint16 (height, width, band)."""
    if image.mode.startswith("I"):
        return np.clip(np.asarray(image, dtype=np.int64), 0, 65_535).astype(np.uint16)[..., None]
    pixels = np.asarray(image)
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _check_bytes(data: bytes, limit: int) -> None:
    if not data:
        raise RefusedUpload(message("a picture file", "0 bytes", "The file is empty; choose another one."))
    if len(data) > limit:
        advice = "Make the picture smaller, or raise CONVSCOPE_MAX_IMAGE_UPLOAD."
        raise RefusedUpload(message(f"at most {limit:,} bytes", f"{len(data):,} bytes", advice))
    if not data.startswith(_MAGIC):
        raise RefusedUpload(message("a PNG, JPEG, WebP or TIFF picture, or a .npy file", _describe(data), _EXPORT))


def _describe(data: bytes) -> str:
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, words in _OTHER_FORMATS.items():
        if start.startswith(magic):
            return words
    try:
        return f"a text file that begins with {start[:40].decode('ascii')!r}"
    except UnicodeDecodeError:
        return f"a file that begins with the bytes {data[:8].hex(' ')}"


def _damaged(data: bytes, error: Exception) -> str:
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return _too_many_pixels("more than twice as many")
    received = f"{len(data):,} bytes that cannot be decoded ({reason(error)})"
    return message("a whole PNG, JPEG, WebP or TIFF picture", received, "It is cut off or damaged; copy it again.")


def _too_many_pixels(received: str) -> str:
    return message(f"at most {MAX_PIXELS:,} pixels", received, "Make the picture smaller and add it again.")


def _open(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data), formats=FORMATS)


def _check_size(image: Image.Image, size: int) -> None:
    """Judge the header's width and height, in pixels, before a single pixel is decoded."""
    width, height = image.size
    received = f"{width:,} x {height:,} pixels"
    if min(width, height) < MIN_SIDE:
        raise RefusedUpload(message(f"sides of at least {MIN_SIDE} pixels", received, "Use a larger one."))
    if max(width, height) > MAX_SIDE:
        raise RefusedUpload(message(f"sides of at most {MAX_SIDE:,} pixels", received, "Cut or shrink it."))
    if width * height > MAX_PIXELS:
        raise RefusedUpload(_too_many_pixels(received))
    if claims_too_much(width * height, size):
        advice = "It is nearly empty: cut or shrink it."
        raise RefusedUpload(message("a picture that holds something", f"{received} in {size:,} bytes", advice))
    frames = getattr(image, "n_frames", 1)
    if frames > MAX_FRAMES:
        advice = "Export one frame as PNG."
        raise RefusedUpload(message(f"at most {MAX_FRAMES:,} frames", f"{frames:,} frames", advice))


def plain_picture(image: Image.Image) -> Image.Image:
    """The first frame of an opened file, upright, RGB or L, on white where it was transparent."""
    return _flatten(_upright(_first_frame(image)))


def _first_frame(image: Image.Image) -> Image.Image:
    image.seek(0)
    image.load()
    return image


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    # A broken note about the camera's orientation says nothing against the pixels.
    except Exception:
        return image


def _flatten(image: Image.Image) -> Image.Image:
    """RGB or L of any mode, on white where the picture is transparent."""
    if image.mode.startswith("I"):
        return _to_8_bit(image)
    target = "L" if image.mode in ("1", "L", "LA", "La") else "RGB"
    if image.has_transparency_data:
        colours = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, colours).convert(target)
    return image.convert(target)


def _to_8_bit(image: Image.Image) -> Image.Image:
    # convert("L") would clip every value above 255 to white instead of dividing.
    values = np.clip(np.asarray(image, dtype=np.int64), 0, 65_535)
    return Image.fromarray(np.rint(values / 257).astype(np.uint8))


def png_bytes(image: Image.Image) -> bytes:
    """A PNG of a picture's pixels and nothing else."""
    clean = image.copy()
    # PNG would copy the colour profile and the transparent colour from here.
    clean.info = {}
    file = BytesIO()
    clean.save(file, "PNG", compress_level=3)
    return file.getvalue()
