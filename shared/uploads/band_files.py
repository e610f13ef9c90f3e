"""Arrays of pictures that people have: .npy files, their header read and bounded before anything is allocated."""

import io
import math
from typing import Any

import numpy as np

from shared.errors import RefusedUpload, message

NPY = b"\x93NUMPY"
MAX_BANDS = 512
MAX_BYTES = 256 * 1024 * 1024
MAX_PIXELS, MAX_SIDE, MIN_SIDE = 40_000_000, 16_384, 8
_MOST_HEADER = 4096
_KINDS = "uint8, uint16, int16 or float32"
_LAST = "(height, width, band), the bands last; numpy.moveaxis(values, 0, -1) turns (band, height, width) round."


def read_npy(data: bytes) -> np.ndarray:
    """The picture of a .npy file.

    Args:
        data: bytes of the file.

    Returns:
        uint8, uint16, int16 or float32 (height, width, band).

    Raises:
        RefusedUpload: it is damaged, holds anything but such numbers, or is too large or too small.
    """
    shape, fortran, dtype, start = npy_header(data)
    if dtype.hasobject or dtype.kind not in "biuf" or dtype.itemsize > 8:
        advice = "Save the numbers themselves with numpy.save(FILE, values)."
        raise RefusedUpload(message(f"an array of {_KINDS}", f"one of {dtype}", advice))
    if len(shape) not in (2, 3):
        raise RefusedUpload(message("an array (height, width, band)", f"one of shape {shape}", f"Save {_LAST}"))
    check_bands(shape[0], shape[1], shape[2] if len(shape) == 3 else 1, dtype)
    if len(data) - start != math.prod(shape) * dtype.itemsize:
        received = f"{len(data) - start:,} bytes for {shape} of {dtype}"
        raise RefusedUpload(message("a whole .npy file", received, "It is cut off or damaged; copy it again."))
    values = np.frombuffer(data, dtype, offset=start).reshape(shape, order="F" if fortran else "C")
    return plain_numbers(values if values.ndim == 3 else values[..., None])


def npy_header(data: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Shape, whether columns come first, type, and where the values begin, of a .npy file.

    Raises:
        RefusedUpload: it has none, or a damaged one.
    """
    file = io.BytesIO(data[: _MOST_HEADER + 64])
    try:
        version = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, fortran, dtype = read(file, max_header_size=_MOST_HEADER)
    # What stands there is read as a Python literal, which may fail in a dozen ways.
    except Exception as error:
        raise RefusedUpload(
            message("a .npy file", f"a damaged one ({str(error)[:80]})", "Save it again with numpy.save.")
        ) from None
    return shape, fortran, dtype, file.tell()


def check_bands(height: int, width: int, bands: int, dtype: np.dtype[Any]) -> None:
    """Judge a picture by what its header says.

    Raises:
        RefusedUpload: it is too large or too small.
    """
    received = f"{height:,} x {width:,} pixels of {bands:,} bands"
    if min(height, width) < MIN_SIDE or bands < 1:
        raise RefusedUpload(message(f"sides of at least {MIN_SIDE} pixels and a band", received, f"Save it as {_LAST}"))
    if bands > MAX_BANDS:
        raise RefusedUpload(message(f"at most {MAX_BANDS} bands", received, f"Save it as {_LAST}"))
    if max(height, width) > MAX_SIDE or height * width > MAX_PIXELS:
        raise RefusedUpload(message(f"at most {MAX_PIXELS:,} pixels", received, "Cut the picture, and add it again."))
    if (size := height * width * bands * dtype.itemsize) > MAX_BYTES:
        received = f"{size >> 20:,} MB for {received}"
        raise RefusedUpload(message(f"at most {MAX_BYTES >> 20} MB unpacked", received, "Cut the picture."))


def plain_numbers(values: np.ndarray) -> np.ndarray:
    """The same numbers as uint8, uint16, int16 or float32, in this machine's order of bytes.

    Raises:
        RefusedUpload: some are not finite.
    """
    native = values.dtype.newbyteorder("=")
    # What is true or false becomes fractions, of which 1 is white; as whole numbers of 8 bits it would be nearly black.
    wanted = {"u1": "uint8", "u2": "uint16", "i2": "int16", "b1": "float32", "i1": "int16"}.get(
        native.str[1:], "float32"
    )
    found = np.ascontiguousarray(values, dtype=wanted)
    if found.dtype.kind == "f" and not np.isfinite(found).all():
        advice = "Fill the gaps with a number, and add it again."
        raise RefusedUpload(message("finite numbers", f"{int((~np.isfinite(found)).sum()):,} that are none", advice))
    return found
