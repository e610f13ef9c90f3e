"""What an analysis yields, and its bytes on the way through Redis.

A result is a set of numbered parts: a tile of an atlas, a layer's feature maps, an epoch. Each part is
encoded alone, so it can be shown before its neighbours exist, and is kept when its run is killed.

Bytes of a part: b"CVP1", header length (uint32, little-endian), header (JSON), then the blobs in the
header's order: pictures as PNG, arrays as C-order bytes, compressed with zlib unless their row says "raw".
"""

import io
import json
import math
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

MAGIC = b"CVP1"
# A part is one value of a server that answers one request at a time: 48 MiB hold it up for about 30 ms. The largest
# that a person asks for is a layer's maps: VGG16's first block takes 6.4 MB at 224 px, 33.6 MB at 512.
MAX_PART_BYTES = 48 * 1024 * 1024
# Feature maps are kept as they are from this size on: zlib needs 25 ms a megabyte and saves little on floats.
RAW_BYTES = 64 * 1024


@dataclass(frozen=True)
class Part:
    """One piece of a result.

    Attributes:
        index: 0 .. total-1.
        name: what a person would call it ("channel 7").
        pictures: name to uint8 (height, width, 3) or (height, width).
        arrays: name to an array of numbers, truth values or fixed-length text.
        facts: JSON values: numbers and short texts about this part.
    """

    index: int
    name: str = ""
    pictures: Mapping[str, np.ndarray] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """How far an analysis is, yielded at least once a second between parts.

    Attributes:
        stage: what is being done now, for the progress bar.
        total: number of parts of the whole result; None leaves what was said before.
        fraction: share of the work done, 0 to 1, counting unfinished parts; None means parts done / total.
        facts: JSON values about the run as a whole (device, precision, ...); added to earlier ones.
    """

    stage: str
    total: int | None = None
    fraction: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def encode_picture(picture: np.ndarray) -> bytes:
    """PNG of a uint8 picture, (height, width, 3) or (height, width).

    Raises:
        ValueError: for another dtype or shape; floats are scaled by whoever knows their range.
    """
    if picture.dtype != np.uint8 or not (picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)):
        raise ValueError(
            f"expected a uint8 picture (height, width) or (height, width, 3), received {picture.dtype} of shape "
            f"{picture.shape}"
        )
    out = io.BytesIO()
    # Level 1 costs a third of the default's time for 5 % more bytes on ascent pictures.
    Image.fromarray(picture).save(out, format="PNG", compress_level=1)
    return out.getvalue()


def decode_picture(data: bytes) -> np.ndarray:
    """uint8 array of a PNG that encode_picture() made.

    Raises:
        ValueError: when the bytes are something else.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            return np.asarray(image)
    except (OSError, SyntaxError) as error:
        raise ValueError(f"a picture is damaged: {error}") from None


def encode_part(part: Part) -> bytes:
    """Bytes of a part.

    Raises:
        ValueError: when a picture is not uint8, an array holds anything but numbers or text, or the whole is larger
            than MAX_PART_BYTES.
    """
    pictures = [(name, encode_picture(p)) for name, p in part.pictures.items()]
    arrays = [(name, _plain(name, a)) for name, a in part.arrays.items()]
    packed = [a.tobytes() if _is_raw(a) else zlib.compress(a.tobytes(), 1) for _, a in arrays]
    header = {
        "index": part.index,
        "name": part.name,
        "facts": dict(part.facts),
        "pictures": [[name, len(data)] for name, data in pictures],
        "arrays": [
            [name, a.dtype.str, a.shape, *(["raw"] if _is_raw(a) else []), len(data)]
            for (name, a), data in zip(arrays, packed, strict=True)
        ],
    }
    head = json.dumps(header, allow_nan=False).encode()
    body = b"".join([MAGIC, struct.pack("<I", len(head)), head, *(data for _, data in pictures), *packed])
    if len(body) > MAX_PART_BYTES:
        raise ValueError(f"part {part.index} has {len(body)} bytes; split what is above {MAX_PART_BYTES}")
    return body


def _is_raw(array: np.ndarray) -> bool:
    return array.dtype.kind == "f" and array.nbytes >= RAW_BYTES


def _plain(name: str, array: np.ndarray) -> np.ndarray:
    # Objects would be stored as addresses; bfloat16 and records forget their type ("<V2").
    if array.dtype.kind not in "biufcSU":
        raise ValueError(f"expected array {name!r} to hold numbers or text, received {array.dtype}; convert it")
    return np.asarray(array, order="C")


def decode_part(data: bytes) -> Part:
    """The part that encode_part() wrote.

    Raises:
        ValueError: when the bytes are cut, damaged or not a part.
    """
    header, at = _read_header(data)
    pictures, arrays = {}, {}
    for name, length in header["pictures"]:
        pictures[name] = decode_picture(data[at : at + length])
        at += length
    for name, dtype, shape, *raw, length in header["arrays"]:
        blob, kind = memoryview(data)[at : at + length], np.dtype(dtype)
        whole = blob if raw else _unpacked(blob, kind.itemsize * math.prod(shape))
        arrays[name] = np.frombuffer(whole, dtype=kind).reshape(shape)
        at += length
    return Part(header["index"], header["name"], pictures, arrays, header["facts"])


def part_header(data: bytes) -> dict[str, Any]:
    """Index, name, facts, and what pictures and arrays an encoded part holds, without decoding any of them.

    Raises:
        ValueError: when the bytes are cut or not a part.
    """
    return _read_header(data)[0]


def picture_bytes(data: bytes, name: str) -> bytes | None:
    """PNG of one picture of an encoded part, without decoding anything; None when it has no such picture."""
    header, at = _read_header(data)
    for known, length in header["pictures"]:
        if known == name:
            return data[at : at + length]
        at += length
    return None


def _read_header(data: bytes) -> tuple[dict[str, Any], int]:
    if data[:4] != MAGIC or len(data) < 8:
        raise ValueError("not an encoded part")
    (length,) = struct.unpack("<I", data[4:8])
    header = json.loads(data[8 : 8 + length])
    try:
        blobs = [n for _, n in header["pictures"]] + [n for *_, n in header["arrays"]]
    except (KeyError, TypeError):
        raise ValueError("not an encoded part") from None
    if 8 + length + sum(blobs) != len(data):
        raise ValueError("an encoded part was cut")
    return header, 8 + length


def _unpacked(blob: memoryview, length: int) -> bytes:
    """Exactly so many bytes: a result from another installation may claim few and unpack to gigabytes."""
    opened = zlib.decompressobj()
    try:
        found = opened.decompress(blob, length + 1)
    except zlib.error as error:
        raise ValueError(f"an array is damaged: {error}") from None
    if len(found) != length:
        raise ValueError(f"an array is damaged: expected {length} bytes, received {len(found)} or more")
    return found
