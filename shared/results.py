"""What an analysis yields, and its bytes on the way through Redis.

A result is a set of numbered parts: a tile of an atlas, a layer's feature maps, an epoch. Each part is
encoded alone, so it can be shown before its neighbours exist, and is kept when its run is killed.

Bytes of a part: b"CVP1", header length (uint32, little-endian), header (JSON), then the blobs in the
header's order: pictures as PNG, arrays as C-order bytes, compressed with zlib unless their row says "raw".
"""

import io
import json
import math
import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from shared.bounds import MOST_HEADER_BYTES, MOST_PART_CONTENTS, MOST_PARTS, MOST_PIXELS, read_json

MAGIC = b"CVP1"
# A part is one value of a server that answers one request at a time: 48 MiB hold it up for about 30 ms. The largest
# that a person asks for is a layer's maps: VGG16's first block takes 6.4 MB at 224 px, 33.6 MB at 512.
MAX_PART_BYTES = 48 * 1024 * 1024
# Feature maps are kept as they are from this size on: zlib needs 25 ms a megabyte and saves little on floats.
RAW_BYTES = 64 * 1024
# NumPy's name of an array's numbers or text: "<f4", "|u1", "<U12".
_DTYPE = re.compile(r"[<>|=]?(?:b1|[iu][1248]|f(?:2|4|8|16)|c(?:8|16|32)|[SU][0-9]{1,6})")
_MOST_AXES, _LONGEST_AXIS = 16, 2**31


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
        previews: parts as they look so far. Each is shown until another preview, or the part itself, takes its place;
            none counts as done, is exported, or is there once the run is complete.
    """

    stage: str
    total: int | None = None
    fraction: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    previews: Sequence[Part] = ()


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
    _check_pixels(picture.shape[1], picture.shape[0])
    out = io.BytesIO()
    # Level 1 costs a third of the default's time for 5 % more bytes on ascent pictures.
    Image.fromarray(picture).save(out, format="PNG", compress_level=1)
    return out.getvalue()


def decode_picture(data: bytes, room: int = MOST_PART_CONTENTS) -> np.ndarray:
    """uint8 array of a PNG that encode_picture() made.

    Args:
        data: the PNG.
        room: bytes that the array may take; nothing is unpacked of a picture that claims more.

    Raises:
        ValueError: when the bytes are something else.
    """
    _check_pixels(*(struct.unpack(">II", data[16:24]) if len(data) > 24 else (0, 0)))  # before Pillow reads on
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            _check_pixels(image.width, image.height)
            if image.mode not in ("RGB", "L"):
                raise ValueError(f"expected a picture in colour or grey, received one of mode {image.mode}")
            _check_room(image.width * image.height * len(image.mode), room, "a picture")
            return np.asarray(image)
    except (OSError, SyntaxError, Image.DecompressionBombError, struct.error, EOFError) as error:
        raise ValueError(f"a picture is damaged: {error}") from None


def _check_pixels(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise ValueError(f"a picture has {width} by {height} pixels, above {MOST_PIXELS:,}")


def _check_room(claimed: int, room: int, what: str) -> None:
    if claimed > room:
        raise ValueError(f"{what} claims {claimed:,} bytes, above {MOST_PART_CONTENTS:,} of one part together")


def encode_part(part: Part) -> bytes:
    """Bytes of a part.

    Raises:
        ValueError: when a picture is not uint8, an array holds anything but numbers or text, or the whole is larger
            than MAX_PART_BYTES, MOST_PART_CONTENTS before it is packed.
    """
    contents = sum(one.nbytes for one in (*part.pictures.values(), *part.arrays.values()))
    if contents > MOST_PART_CONTENTS:
        raise ValueError(f"part {part.index} holds {contents:,} bytes; split what is above {MOST_PART_CONTENTS:,}")
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
        ValueError: when the bytes are cut, damaged or not a part, or claim more than MOST_PART_CONTENTS.
    """
    header, at = _read_header(data)
    pictures, arrays, room = {}, {}, MOST_PART_CONTENTS
    for name, dtype, shape, *_ in header["arrays"]:
        size = np.dtype(dtype).itemsize * math.prod(shape)
        _check_room(size, room, f"array {name!r}")
        room -= size
    for name, length in header["pictures"]:
        pictures[name] = decode_picture(data[at : at + length], room)
        room -= pictures[name].nbytes
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
    header = read_json(data[8 : 8 + length], MOST_HEADER_BYTES)
    if not _is_header(header):
        raise ValueError("not an encoded part")
    blobs = [row[-1] for row in (*header["pictures"], *header["arrays"])]
    if 8 + length + sum(blobs) != len(data):
        raise ValueError("an encoded part was cut")
    return header, 8 + length


def _is_header(header: Any) -> bool:
    """Whether it is what encode_part() writes, by its types and by what it claims; another installation may send it."""
    if not isinstance(header, dict) or not {"index", "name", "facts", "pictures", "arrays"} <= header.keys():
        return False
    plain = isinstance(header["name"], str) and isinstance(header["facts"], dict)
    lists = isinstance(header["pictures"], list) and isinstance(header["arrays"], list)
    if not (plain and lists and _is_length(header["index"], MOST_PARTS)):
        return False
    return all(map(_is_picture_row, header["pictures"])) and all(map(_is_array_row, header["arrays"]))


def _is_length(value: Any, most: int = _LONGEST_AXIS) -> bool:
    return type(value) is int and 0 <= value <= most


def _is_picture_row(row: Any) -> bool:
    return isinstance(row, list) and len(row) == 2 and isinstance(row[0], str) and _is_length(row[1])


def _is_array_row(row: Any) -> bool:
    if not isinstance(row, list) or len(row) not in (4, 5) or (len(row) == 5 and row[3] != "raw"):
        return False
    name, dtype, shape = row[:3]
    named = isinstance(name, str) and isinstance(dtype, str) and _DTYPE.fullmatch(dtype) is not None
    return named and isinstance(shape, list) and len(shape) <= _MOST_AXES and all(map(_is_length, (*shape, row[-1])))


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
