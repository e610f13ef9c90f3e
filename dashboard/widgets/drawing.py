"""Pictures that pages and routes need, drawn with NumPy and Pillow only."""

import struct
import zlib
from collections.abc import Iterable, Iterator

import numpy as np
from PIL import Image, ImageOps

from shared.images.jpeg import jpeg_bytes

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def thumbnail_jpeg(image: Image.Image, width: int, height: int) -> bytes:
    """A picture cut to a shape and made small.

    Args:
        image: of any mode.
        width: pixels.
        height: pixels.

    Returns:
        Bytes of a JPEG.
    """
    return jpeg_bytes(ImageOps.fit(image.convert("RGB"), (width, height), Image.Resampling.LANCZOS))


def png_of_bands(width: int, height: int, bands: Iterable[np.ndarray]) -> Iterator[bytes]:
    """Chunks of a PNG whose rows come in bands, so that no more than one band is in memory.

    Args:
        width: pixels.
        height: rows of all bands together.
        bands: uint8 (rows, width, 3), from the top.
    """
    yield PNG_MAGIC + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    packer = zlib.compressobj(level=3)
    for band in bands:
        data = packer.compress(_filtered(band))
        if data:
            yield _chunk(b"IDAT", data)
    yield _chunk(b"IDAT", packer.flush()) + _chunk(b"IEND", b"")


def _filtered(band: np.ndarray) -> bytes:
    """Rows with PNG's filter 1: each byte less the one of the pixel to its left."""
    rows = np.empty((band.shape[0], 1 + band.shape[1] * 3), np.uint8)
    rows[:, 0] = 1
    rows[:, 1:4] = band[:, 0]
    rows[:, 4:] = (band[:, 1:] - band[:, :-1]).reshape(band.shape[0], -1)
    return rows.tobytes()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
