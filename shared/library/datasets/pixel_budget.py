"""What the pictures of a data set may claim together, looked at before each is decoded."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image

from shared.bounds import FREE_SET_PIXELS, LARGE_PIXELS, PIXELS_A_BYTE, claims_too_much
from shared.errors import RefusedUpload, message
from shared.uploads.band_files import NPY
from shared.uploads.tiff_bands import STARTS as TIFF
from shared.uploads.tiff_bands import unpacked_bytes

# An ordinary picture is decoded to three bytes a pixel.
BYTES_A_PIXEL = 3


class PixelBudget:
    """Pixels and bytes of the pictures of one data set so far; used from several threads."""

    def __init__(self) -> None:
        self._lock, self._large = threading.Lock(), threading.Lock()
        self._pixels = self._bytes = 0
        self.spent = False

    @contextmanager
    def room(self, data: bytes) -> Iterator[str]:
        """Wait for room to decode a picture file.

        Yields:
            Why it is not to be decoded; "" where it is.
        """
        pixels = claimed_pixels(data)
        with self._lock:
            self._pixels += pixels
            self._bytes += len(data)
            self.spent |= self._pixels > max(FREE_SET_PIXELS, PIXELS_A_BYTE * self._bytes)
        if self.spent or claims_too_much(pixels, len(data)):
            yield f"claims {pixels:,} pixels in a file of {len(data):,} bytes"
        elif pixels > LARGE_PIXELS:
            with self._large:
                yield ""
        else:
            yield ""

    def check(self) -> None:
        """After the last picture.

        Raises:
            RefusedUpload: together they claim more than files of this size hold.
        """
        if self.spent:
            raise RefusedUpload(
                message(f"pictures of at most {PIXELS_A_BYTE} pixels a byte of their files",
                        f"{self._pixels:,} pixels in {self._bytes:,} bytes",
                        "This looks like an archive made to fill the memory. Make the pictures smaller.")
            )  # fmt: skip


def claimed_pixels(data: bytes) -> int:
    """Pixels that a picture file says it has, of numbers as many as take the same memory; 0 where it says nothing.

    Nothing is decoded.
    """
    try:
        if data.startswith((NPY, *TIFF)):
            return (len(data) if data.startswith(NPY) else unpacked_bytes(data)) // BYTES_A_PIXEL
        with Image.open(BytesIO(data)) as opened:
            return int(opened.width * opened.height)
    except Exception:  # whatever is wrong with it, the decoder says
        return 0
